import { ECSClient, ListClustersCommand } from '@aws-sdk/client-ecs'
import { settle, VirtualClock } from '@breakwater/circuit/testing'
import { describe, expect, it } from 'vitest'
import { sleepBy } from '../concurrency.ts'
import { inProcess, type Operation, ServiceFault } from '../sdk.fixture.ts'
import { EcsCalls, isRefused, reasonOf } from './ecs-calls.ts'
import type { EcsRates } from './ecs-rates.ts'
import { within } from './fleet.fixture.ts'

function setUp(ListClusters: Operation, signal?: AbortSignal) {
  const clock = new VirtualClock(0)
  const sleep = sleepBy(clock)
  const times: number[] = []
  const waits: number[] = []
  const operation: Operation = input => {
    times.push(clock.now())
    return ListClusters(input)
  }
  const calls = new EcsCalls({
    ecs: new ECSClient(inProcess({ ListClusters: operation })),
    // As good as without limit, so that only the waits of the backoff are seen.
    rates: { take: async () => signal?.throwIfAborted(), throttled: () => {} } as never as EcsRates,
    sleep: (ms, of) => {
      waits.push(ms)
      return sleep(ms, of)
    },
    random: () => 0.5,
    signal,
  })
  const list = () =>
    calls.make('ListClusters', (ecs, options) => ecs.send(new ListClustersCommand({}), options))
  return { clock, calls, list, times, waits }
}

const fault = (code: string, status = 400) => {
  throw new ServiceFault(code, `${code} it is`, status)
}

describe('a call of ECS', () => {
  it.each([
    ['ThrottlingException', 400],
    ['TooManyRequestsException', 429],
    ['ServerException', 500],
  ])('is made again after %s, and counted each time', async (code, status) => {
    let left = 3
    const { clock, calls, list, waits } = setUp(() =>
      left-- > 0 ? fault(code, status) : { clusterArns: ['a'] },
    )
    expect((await within(clock, list())).clusterArns).toEqual(['a'])
    expect(waits).toEqual([100, 200, 400])
    expect(calls.counts).toEqual({ ListClusters: 4 })
    expect(clock.pending).toBe(0)
  })

  it('is made again after an error of the network', async () => {
    let left = 1
    const { clock, list, times } = setUp(() => {
      if (left-- > 0) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' })
      return {}
    })
    await within(clock, list())
    expect(times.length).toBe(2)
  })

  it('ends with the error where throttling does not end', async () => {
    const { clock, list, waits } = setUp(() => fault('ThrottlingException'))
    await expect(within(clock, list())).rejects.toMatchObject({ name: 'ThrottlingException' })
    expect(waits).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000])
  })

  it.each(['AccessDeniedException', 'ExpiredTokenException', 'InvalidParameterException'])(
    'is not made again after %s',
    async code => {
      const { list, times } = setUp(() => fault(code))
      await expect(list()).rejects.toMatchObject({ name: code })
      expect(times.length).toBe(1)
    },
  )

  it('waits no longer once it is aborted', async () => {
    const controller = new AbortController()
    const { clock, list, times, waits } = setUp(() => fault('ThrottlingException'), controller.signal)
    const listed = expect(list()).rejects.toThrow('enough')
    while (waits.length === 0) await settle()
    controller.abort(new Error('enough'))
    await listed
    expect(times.length).toBe(1)
    expect(clock.pending).toBe(0)
  })

  it('throws the reason of the abort, whatever became of its request', async () => {
    const controller = new AbortController()
    const { list } = setUp(() => {
      controller.abort(new Error('enough'))
      return {}
    }, controller.signal)
    await expect(list()).rejects.toThrow('enough')
  })
})

describe('pages', () => {
  const all = async (pages: Record<string, { clusterArns: string[]; nextToken?: string }>) => {
    const { calls } = setUp(({ nextToken = '' }) => pages[nextToken])
    const found: string[] = []
    await calls.pages(
      'ListClusters',
      (ecs, token, options) => ecs.send(new ListClustersCommand(token), options),
      ({ clusterArns = [] }) => found.push(...clusterArns),
    )
    return found
  }

  it('are followed to the last, also past an empty one', async () => {
    const pages = {
      '': { clusterArns: ['a'], nextToken: 'x' },
      x: { clusterArns: [], nextToken: 'y' },
      y: { clusterArns: ['b'] },
    }
    expect(await all(pages)).toEqual(['a', 'b'])
  })

  it('do not go round for ever', async () => {
    const pages = { '': { clusterArns: ['a'], nextToken: 'x' }, x: { clusterArns: ['b'], nextToken: 'x' } }
    await expect(all(pages)).rejects.toThrow('ListClusters answers the same page again')
  })
})

describe('a refusal', () => {
  const error = async (code: string, status?: number) => {
    const { clock, list } = setUp(() => fault(code, status))
    return within(clock, list()).catch((error: unknown) => error)
  }

  it.each([
    ['AccessDeniedException', true],
    ['ClusterNotFoundException', true],
    ['ClientException', true],
    ['UnknownOperationException', true],
    ['ThrottlingException', false],
    ['UnrecognizedClientException', false],
    ['ExpiredTokenException', false],
  ])('is recognised: %s', async (code, refused) => {
    expect(isRefused(await error(code))).toBe(refused)
  })

  it('is no error of the service, nor anything else', async () => {
    expect(isRefused(await error('ServerException', 500))).toBe(false)
    expect(isRefused(new Error('a defect'))).toBe(false)
    expect(isRefused(undefined)).toBe(false)
  })

  it('is described in a few words', () => {
    expect(reasonOf(Object.assign(new Error('x'.repeat(999)), { name: 'Long' }))).toBe(
      `Long: ${'x'.repeat(300)}`,
    )
    expect(reasonOf('odd')).toBe('unknown error: odd')
  })
})
