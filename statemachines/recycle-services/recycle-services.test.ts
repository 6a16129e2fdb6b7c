import { badInputError } from '@breakwater/workflows'
import { describe, expect, it } from 'vitest'
import { clean, lint } from '../../packages/workflows/src/linters.fixture.ts'
import { recycleFailedError, recycleServices } from './index.ts'
import {
  definition,
  everEntered,
  fails,
  labelChange,
  next,
  options,
  overAfter,
  recycle,
  reportOf,
  secret,
  target,
} from './recycler.fixture.ts'

type Asked = Awaited<ReturnType<typeof recycle>>['asked']

/** What was asked, one word for each. */
const did = (asked: Asked) =>
  asked.map(one => ('target' in one ? `${one.action} ${one.target.name.replace('shop/', '')}` : one.action))
const only = <A extends Asked[number]['action']>(asked: Asked, action: A) =>
  asked.filter((one): one is Extract<Asked[number], { action: A }> => one.action === action)
const outcomesOf = (asked: Asked) =>
  only(asked, 'verify').flatMap(({ outcomes }) => outcomes.map(({ polls: _, ...outcome }) => outcome))
/** What was done with services, but for the checks of deployments that were not over. */
const lastChecks = (words: readonly string[]) =>
  words.filter((word, at) => !word.startsWith('check') || !words.slice(at + 1).includes(word))
const detailOf = ({ events }: Pick<Awaited<ReturnType<typeof recycle>>, 'events'>) =>
  (events as { Entries: { Detail: unknown }[] }[])[0]?.Entries[0]?.Detail
const causeOf = ({ cause }: { cause?: string }) => JSON.parse(cause!)
const oneWave = { plans: [next.wave(['a'])] }

it('recycle-services passes all three linters', async () => {
  expect(await lint(definition)).toEqual(clean)
})

describe('waves', () => {
  const plans = [next.wave(['a'], ['b', 'c']), next.wave(['b', 'c'], [], 2)]

  it('follow each other, the canary first, each verified before anything of the next is begun', async () => {
    const { status, output, asked, events } = await recycle({ plans })
    expect({ status, output }).toEqual({ status: 'SUCCEEDED', output: reportOf({ ending: 'finished' }) })
    const words = lastChecks(did(asked))
    expect(words.slice(0, 5)).toEqual(['plan', 'start a', 'check a', 'verify', 'plan'])
    expect(words.slice(5, 9).toSorted()).toEqual(['check b', 'check c', 'start b', 'start c'])
    expect(words.slice(9)).toEqual(['verify', 'plan', 'report'])
    expect(events).toEqual([
      {
        Entries: [
          {
            EventBusName: 'fleet',
            Source: 'breakwater',
            DetailType: 'Recycle Finished',
            Detail: reportOf({ ending: 'finished' }),
          },
        ],
      },
    ])
  })

  it('pass the functions what they need to know', async () => {
    const { asked } = await recycle({ plans, name: 'db-3f2a-3-1', input: { secretId: 'db', sequence: 3 } })
    const about = { execution: 'db-3f2a-3-1', change: 'db-3f2a-3', labelChange }
    const input = { secretId: 'db', sequence: 3 }
    const plan = { action: 'plan', execution: 'db-3f2a-3-1', input, at: expect.any(Number) }
    expect(only(asked, 'plan')).toEqual([
      { ...plan, recycled: 0, polls: 0 },
      { ...plan, recycled: 1, polls: 9, services: [target('b').service, target('c').service] },
      { ...plan, recycled: 3, polls: 27, services: [] },
    ])
    const at = expect.any(Number)
    const deployment = 'ecs-svc/shop/a'
    expect([asked[1], ...asked.slice(10, 12)]).toEqual([
      { action: 'start', ...about, target: target('a'), at },
      { action: 'check', ...about, target: target('a'), deployment, startedAt: asked[1]?.at, at },
      {
        action: 'verify',
        ...about,
        wave: { number: 1, name: 'canary' },
        outcomes: [{ target: target('a'), outcome: 'recycled', polls: 9 }],
        at,
      },
    ])
    expect(asked.at(-1)).toEqual({
      action: 'report',
      execution: about.execution,
      input,
      change: about.change,
      ending: 'finished',
      at,
    })
  })

  it('end with one that is not well: nothing of the next is begun', async () => {
    const result = await recycle({ plans, check: () => ({ state: 'failed', reason: 'rolled back' }) })
    expect(did(result.asked)).toEqual(['plan', 'start a', 'check a', 'verify', 'report'])
    expect(outcomesOf(result.asked)).toEqual([
      { target: target('a'), outcome: 'failed', reason: 'rolled back' },
    ])
    expect(only(result.asked, 'report')).toMatchObject([{ ending: 'failed' }])
    expect(detailOf(result)).toEqual(reportOf({ ending: 'failed' }))
    expect({ status: result.status, error: result.error }).toEqual({
      status: 'FAILED',
      error: recycleFailedError,
    })
    expect(causeOf(result)).toEqual({
      secret,
      label: 'AWSCURRENT',
      versionId: 'v2',
      change: 'db-3f2a-3',
      ending: 'failed',
      counts: { candidates: 5, stale: 2, recycled: 2, skipped: 3, failed: 0 },
      failed: [],
      message: 'As planned.',
    })
  })

  it('end where the planner finds one ill that looked well', async () => {
    const failed = [{ name: 'shop/a', reason: 'tasks keep stopping' }]
    const { error, asked } = await recycle({ plans, verify: () => ({ ok: false, failed, recycled: 1 }) })
    expect(error).toBe(recycleFailedError)
    expect(did(asked).slice(-2)).toEqual(['verify', 'report'])
  })

  it('go on past services that are left alone', async () => {
    const left = {
      state: 'left-alone',
      reason: 'fresh',
      text: 'Deployed at noon, after the label moved.',
    } as const
    const { status, asked } = await recycle({ plans, start: () => left })
    expect(status).toBe('SUCCEEDED')
    expect(outcomesOf(asked)).toEqual(
      ['a', 'b', 'c'].map(name => ({ target: target(name), outcome: 'left-alone', reason: 'fresh' })),
    )
    expect(did(asked)).not.toContain('check a')
  })

  it('see a failed service through with the others', async () => {
    const start = (
      { target: { name } }: { target: { name: string } },
      { clock }: { clock: { now(): number } },
    ) =>
      name === 'shop/b'
        ? ({ state: 'failed', reason: 'AccessDeniedException' } as const)
        : ({ state: 'started', deployment: 'd', startedAt: clock.now(), seconds: 3 } as const)
    const { error, asked } = await recycle({ plans: [next.wave(['a', 'b', 'c'])], start })
    expect(error).toBe(recycleFailedError)
    expect(outcomesOf(asked).map(({ outcome }) => outcome)).toEqual(['recycled', 'failed', 'recycled'])
  })

  it('recycle so many services at once, and no more', async () => {
    const max = async (concurrency: number) => {
      const names = Array.from({ length: 12 }, (_, n) => `s${n}`)
      const { asked } = await recycle({
        plans: [next.wave(names)],
        start: ({ target: { name } }, { clock }) => {
          const seconds = 10 + Number(name.slice(6))
          return { state: 'started', deployment: 'd', startedAt: clock.now(), seconds }
        },
        check: () => ({ state: 'completed' }),
        definition: recycleServices({ ...options, concurrency }),
      })
      let running = 0
      let max = 0
      for (const { action } of asked) {
        if (action === 'start') max = Math.max(max, ++running)
        if (action === 'check') running--
      }
      expect(only(asked, 'start')).toHaveLength(12)
      return max
    }
    expect([await max(1), await max(3), await max(12)]).toEqual([1, 3, 12])
  })

  const names = Array.from({ length: 100 }, (_, n) => `${'service-with-a-long-name-'.repeat(4)}${n}`)

  it('of a hundred services stay far below what a payload and a history may be', async () => {
    const rest = Array.from({ length: 900 }, (_, n) => `service-that-comes-later-${n}`)
    for (const check of [undefined, fails('Gone', Infinity, 'x'.repeat(30_000)) as () => never]) {
      const { history, asked } = await recycle({ plans: [next.wave(names, rest)], ...(check && { check }) })
      expect(outcomesOf(asked)).toHaveLength(100)
      const payloads = history.flatMap(event => [
        event.stateEnteredEventDetails?.input.length ?? 0,
        event.stateExitedEventDetails?.output.length ?? 0,
        String(event.taskSucceededEventDetails?.output ?? '').length,
      ])
      expect(Math.max(...payloads)).toBeLessThan(128 * 1024)
      // Of 25,000.
      expect(history.length).toBeLessThan(check ? 3_600 : 4_500)
    }
  })

  it('leave a history far below what it may be, though each takes the half hour that it may take', async () => {
    for (const [services, max] of [
      [10, 5_000],
      [20, 10_000],
      [100, 15_000],
    ] as const) {
      const { history, asked } = await recycle({
        plans: [next.wave(names.slice(0, services))],
        check: overAfter(1_800_000),
      })
      expect(outcomesOf(asked)).toHaveLength(services)
      expect(history.length).toBeLessThan(max)
    }
  })
})

describe('a deployment', () => {
  it('is first looked at when the executor says, and then again', async () => {
    const { seconds, asked, states } = await recycle({ ...oneWave, check: overAfter(10_000) })
    expect(seconds).toBe(12)
    expect(did(asked)).toEqual(['plan', 'start a', ...Array(4).fill('check a'), 'verify', 'plan', 'report'])
    expect(states.filter(name => name === 'Wait for deployment')).toHaveLength(4)
  })

  it('is noticed to be over after a few seconds at first, and a minute at most', async () => {
    for (const took of [1, 31, 100, 124, 300, 370, 1_700]) {
      const { seconds } = await recycle({ ...oneWave, check: overAfter(took * 1_000) })
      expect(seconds).toBeGreaterThanOrEqual(took)
      expect(seconds - took).toBeLessThanOrEqual(Math.max(3, Math.min(60, Math.ceil(took / 6))))
    }
  })

  it('of a wave of more than twenty is looked at less often, in proportion', async () => {
    const late = async (services: number) => {
      const wave = next.wave(Array.from({ length: services }, (_, n) => `s${n}`))
      const definition = recycleServices({ ...options, concurrency: 40 })
      const { asked } = await recycle({ plans: [wave], check: overAfter(60_000), definition })
      return only(asked, 'check').filter(one => one.target.name === 'shop/s0').length
    }
    expect([await late(1), await late(20), await late(30), await late(100)]).toEqual([14, 14, 9, 4])
  })

  it('that never ends is given up', async () => {
    const { error, asked, seconds } = await recycle({ ...oneWave, check: overAfter(Infinity) })
    expect(error).toBe(recycleFailedError)
    expect(outcomesOf(asked)).toMatchObject([
      { outcome: 'failed', reason: 'its deployment was not over after 110 checks' },
    ])
    expect(seconds / 3_600).toBeGreaterThan(8)
  })
})

describe('a service that is busy', () => {
  const started = { state: 'started', deployment: 'ours', startedAt: 1, seconds: 5 } as const
  const busy = { state: 'busy', seconds: 20, why: 'the shared rate is used up' } as const
  const busyFor = (times: number, answer: typeof busy & { deployment?: string }) => {
    let left = times
    return () => (left-- > 0 ? answer : started)
  }
  const check = () => ({ state: 'completed' }) as const
  const startsOf = (asked: Asked) => {
    const [first, ...later] = only(asked, 'start').map(({ at }) => at)
    return later.map(at => (at - first!) / 1_000)
  }

  it('with a deployment is started again as often as the executor says, until that is over', async () => {
    const start = busyFor(3, { ...busy, deployment: 'theirs' })
    const { status, asked, seconds } = await recycle({ ...oneWave, start, check })
    expect({ status, seconds }).toEqual({ status: 'SUCCEEDED', seconds: 65 })
    expect(startsOf(asked)).toEqual([20, 40, 60])
    expect(only(asked, 'check')).toMatchObject([{ deployment: 'ours', startedAt: 1 }])
  })

  it('is started again where no deployment is named, after a longer wait each time', async () => {
    const { asked, status } = await recycle({ ...oneWave, start: busyFor(6, busy), check })
    expect(status).toBe('SUCCEEDED')
    expect(startsOf(asked)).toEqual([20, 60, 120, 200, 300, 400])
  })

  it('and stays so is given up', async () => {
    const { error, asked } = await recycle({ ...oneWave, start: () => busy })
    expect(error).toBe(recycleFailedError)
    expect(only(asked, 'start')).toHaveLength(111)
    expect(outcomesOf(asked)).toMatchObject([
      { outcome: 'failed', reason: 'busy for too long: the shared rate is used up' },
    ])
  })
})

describe('an executor that throws', () => {
  it.each([
    'Lambda.TooManyRequestsException',
    'Lambda.ServiceException',
    'Lambda.Unknown',
    'Sandbox.Timedout',
    'CallTimeoutError',
  ])('is asked again, at the start as at a check: %s', async name => {
    const start = fails(name, 2)
    const check = fails(name, 2)
    const { status, asked } = await recycle({
      ...oneWave,
      start: (_, { clock }) =>
        start() ?? { state: 'started', deployment: 'd', startedAt: clock.now(), seconds: 3 },
      check: () => check() ?? { state: 'completed' },
    })
    expect(status).toBe('SUCCEEDED')
    const starts = only(asked, 'start')
    expect(starts).toHaveLength(3)
    expect(only(asked, 'check')).toHaveLength(3)
    expect(starts[2]?.at).toBeGreaterThan(starts[0]!.at)
  })

  it('is left alone that was deleted during its deployment, and the others go on', async () => {
    const { status, asked } = await recycle({
      plans: [next.wave(['a'], ['b']), next.wave(['b'], []), next.over('finished')],
      check: ({ target }) =>
        target.name === 'shop/a'
          ? { state: 'left-alone', reason: 'gone', text: 'it was deleted' }
          : { state: 'completed' },
    })
    expect(status).toBe('SUCCEEDED')
    expect(only(asked, 'verify')[0]).toMatchObject({ outcomes: [{ outcome: 'left-alone', reason: 'gone' }] })
    expect(only(asked, 'start')).toHaveLength(2)
  })

  it('is asked again where it took too long', async () => {
    let tries = 0
    const start = () =>
      tries++ ? ({ state: 'left-alone', reason: 'fresh', text: '' } as const) : new Promise<never>(() => {})
    const { status, asked } = await recycle({ ...oneWave, start })
    expect({ status, tries }).toEqual({ status: 'SUCCEEDED', tries: 2 })
    expect(outcomesOf(asked)).toMatchObject([{ outcome: 'left-alone' }])
  })

  const stack = JSON.stringify({
    errorType: 'TypeError',
    errorMessage: 'Circuit "ecs" is {odd}, and so on',
    trace: ['x'.repeat(9_000)],
  })
  const names = ['a', 'b', 'c']

  it.each([
    ['JSON', stack, 'TypeError: Circuit "ecs" is {odd}, and so on'],
    ['a text', `plain ${'y'.repeat(9_000)}`, `TypeError: plain ${'y'.repeat(283)}`],
    ['nothing', '', 'TypeError'],
  ])(
    'at the start of one service: it failed, in a line made of %s, and the others go on',
    async (_, cause, reason) => {
      const { error, asked } = await recycle({
        plans: [next.wave(names)],
        start: ({ target: { name } }, { clock }) => {
          if (name === 'shop/b') fails('TypeError', 1, cause)()
          return { state: 'started', deployment: 'd', startedAt: clock.now(), seconds: 3 }
        },
      })
      expect(error).toBe(recycleFailedError)
      expect(outcomesOf(asked)).toEqual([
        { target: target('a'), outcome: 'recycled' },
        { target: target('b'), outcome: 'failed', reason },
        { target: target('c'), outcome: 'recycled' },
      ])
      expect(only(asked, 'start').filter(({ target: { name } }) => name === 'shop/b')).toHaveLength(5)
    },
  )

  it('at the check of one service: it failed, and the others go on', async () => {
    const { error, asked } = await recycle({
      plans: [next.wave(names)],
      check: ({ target: { name } }) =>
        name === 'shop/b' ? (fails('StoreError')() as never) : { state: 'completed' },
    })
    expect(error).toBe(recycleFailedError)
    expect(outcomesOf(asked)).toMatchObject([
      { outcome: 'recycled' },
      { outcome: 'failed', reason: 'StoreError: the reason' },
      { outcome: 'recycled' },
    ])
  })

  it.each([
    ['start', null],
    ['start', 'started'],
    ['start', { state: 'started', deployment: 'd', seconds: 3 }],
    ['start', { state: 'started', deployment: 'd', startedAt: 1 }],
    ['start', { state: 'busy', why: 'no time given' }],
    ['check', undefined],
    ['check', { state: 'fine' }],
    ['check', { state: 'in-progress' }],
  ])('answers what makes no sense, to %s: %j', async (action, answer) => {
    const { error, asked } = await recycle({ ...oneWave, [action]: () => answer })
    expect(error).toBe(recycleFailedError)
    expect(outcomesOf(asked)).toMatchObject([
      {
        outcome: 'failed',
        reason: `the executor answered ${typeof answer === 'string' ? answer : JSON.stringify(answer ?? null)}`,
      },
    ])
  })

  it('waits for the circuit around UpdateService, longer each time', async () => {
    const open = fails('CircuitOpenError', 6)
    const { status, asked } = await recycle({
      ...oneWave,
      start: (_, { clock }) =>
        open() ?? { state: 'started', deployment: 'd', startedAt: clock.now(), seconds: 3 },
    })
    expect(status).toBe('SUCCEEDED')
    const [first, ...later] = only(asked, 'start').map(({ at }) => at)
    // Half of 5, 10, 20, 40, 80 and 120 seconds.
    expect(later.map(at => (at - first!) / 1_000)).toEqual([2.5, 7.5, 17.5, 37.5, 77.5, 137.5])
    expect(outcomesOf(asked)).toMatchObject([{ outcome: 'recycled' }])
  })

  it('fails the service whose circuit stays open for minutes', async () => {
    const { error, asked, seconds } = await recycle({ ...oneWave, start: fails('CircuitOpenError') as never })
    expect(error).toBe(recycleFailedError)
    expect(seconds).toBeGreaterThan(5 * 60)
    expect(outcomesOf(asked)).toMatchObject([{ outcome: 'failed', reason: 'CircuitOpenError: the reason' }])
  })
})

describe('the planner', () => {
  it('lets the workflow wait, and is asked again', async () => {
    const plans = [next.wait(90), next.wait(0.5), next.wave(['a'])]
    const { status, asked } = await recycle({ plans })
    expect(status).toBe('SUCCEEDED')
    const [first, ...later] = only(asked, 'plan').map(({ at }) => (at - asked[0]!.at) / 1_000)
    expect([first, ...later]).toEqual([0, 90, 91, 121])
  })

  it('is asked again after a day at the latest, and after a second at the soonest', async () => {
    const { asked } = await recycle({ plans: [next.wait(1e9), next.wait(-5)] })
    expect(only(asked, 'plan').map(({ at }) => (at - asked[0]!.at) / 1_000)).toEqual([0, 86_400, 86_401])
  })

  it('hands over to a new execution of the same machine: no report, no event', async () => {
    const input = { secretId: secret, sequence: 3 }
    const plans = [next.wave(['a'], ['b']), next.handover(input)]
    const { status, output, asked, events, started } = await recycle({ plans, name: 'db-3f2a-3-1' })
    expect({ status, output, events }).toEqual({
      status: 'SUCCEEDED',
      output: { handedOverTo: 'arn:heir' },
      events: [],
    })
    expect(did(asked).at(-1)).toBe('plan')
    expect(started).toEqual([
      {
        StateMachineArn: expect.stringMatching(/^arn:aws:states:.*:stateMachine:/),
        Name: expect.stringMatching(/^db-3f2a-3-1-then-[0-9a-f]{12}$/),
        Input: input,
      },
    ])
  })

  it('has one heir, however often it is tried, whose name never grows too long', async () => {
    const again = fails('StepFunctions.ServiceUnavailableException', 2)
    const world = {
      plans: [next.handover({ secretId: 'db' })],
      startExecution: () => again() ?? { ExecutionArn: 'x' },
    }
    const { started, status } = await recycle({ ...world, name: `${'n'.repeat(62)}-then-0123456789ab` })
    expect(status).toBe('SUCCEEDED')
    const names = started.map(one => (one as { Name: string }).Name)
    expect(names).toHaveLength(3)
    expect(new Set(names).size).toBe(1)
    expect(names[0]).toMatch(/^n{60}-then-[0-9a-f]{12}$/)
    expect(names[0]).not.toContain('0123456789ab')
  })

  it('has handed over where the heir is there already', async () => {
    const { status, output, started, asked } = await recycle({
      plans: [next.handover({ secretId: 'db' })],
      startExecution: fails('StepFunctions.ExecutionAlreadyExistsException'),
    })
    expect({ status, output, tries: started.length }).toEqual({
      status: 'SUCCEEDED',
      output: { handedOverTo: null },
      tries: 1,
    })
    expect(did(asked)).toEqual(['plan'])
  })

  it('that cannot hand over ends the recycle as an error', async () => {
    const result = await recycle({
      plans: [next.handover({ secretId: 'db' })],
      startExecution: fails('StepFunctions.AccessDeniedException'),
    })
    expect(result.error).toBe(recycleFailedError)
    expect(only(result.asked, 'report')).toMatchObject([
      { ending: 'error', error: 'StepFunctions.AccessDeniedException' },
    ])
  })

  it.each(['finished', 'dry-run', 'superseded', 'already-running', 'stopped'] as const)(
    'says that it is over, and all is well: %s',
    async ending => {
      const result = await recycle({ plans: [next.over(ending)] })
      expect(result).toMatchObject({ status: 'SUCCEEDED', output: reportOf({ ending }) })
      expect(did(result.asked)).toEqual(['plan', 'report'])
      expect(detailOf(result)).toEqual(reportOf({ ending }))
    },
  )

  it('says that it is over since a deployment failed before', async () => {
    const result = await recycle({ plans: [next.over('failed')] })
    expect(result).toMatchObject({ status: 'FAILED', error: recycleFailedError })
    expect(detailOf(result)).toEqual(reportOf({ ending: 'failed' }))
  })

  it('gets the dry run of the input, and the executor is asked nothing', async () => {
    const plan = ['1. canary: shop/a']
    const result = await recycle({
      input: { secretId: 'db', dryRun: true },
      plans: [next.over('dry-run')],
      report: request => ({ ...reportOf(request), plan }),
    })
    expect(result.asked).toMatchObject([{ input: { dryRun: true } }, { input: { dryRun: true } }])
    expect(did(result.asked)).toEqual(['plan', 'report'])
    expect(result.output).toMatchObject({ dryRun: true, plan })
  })

  it('finds the recycle superseded between two waves', async () => {
    const plans = [next.wave(['a'], ['b']), next.over('superseded')]
    const { status, asked } = await recycle({ plans })
    expect(status).toBe('SUCCEEDED')
    expect(lastChecks(did(asked))).toEqual(['plan', 'start a', 'check a', 'verify', 'plan', 'report'])
  })
})

describe('a planner that throws', () => {
  it('is asked again', async () => {
    const plan = fails('Lambda.Unknown', 3)
    const verify = fails('StoreError', 3)
    const report = fails('Lambda.TooManyRequestsException', 3)
    const { status, asked } = await recycle({
      plans: [plan, plan, plan, next.wave(['a'])],
      verify: ({ outcomes }) => verify() ?? { ok: true, failed: [], recycled: outcomes.length },
      report: request => report() ?? reportOf(request),
    })
    expect(status).toBe('SUCCEEDED')
    for (const [action, times] of [
      ['plan', 5],
      ['verify', 4],
      ['report', 4],
    ] as const) {
      expect(only(asked, action)).toHaveLength(times)
    }
  })

  it('when planning the first wave ends the recycle as an error: reported, in an event, and failed with the reason', async () => {
    const result = await recycle({
      plans: Array(5).fill(fails('ThrottlingException', 5, 'x'.repeat(30_000))),
    })
    const caught = { error: 'ThrottlingException', cause: 'x'.repeat(1_000) }
    expect(did(result.asked)).toEqual([...Array(5).fill('plan'), 'report'])
    const [report] = only(result.asked, 'report')
    expect(report).toMatchObject({ ending: 'error', ...caught })
    expect(report).not.toHaveProperty('change')
    expect(detailOf(result)).toEqual(reportOf({ ending: 'error' }))
    expect(result.error).toBe(recycleFailedError)
    expect(causeOf(result)).toMatchObject({ ending: 'error', ...caught })
  })

  it('at a request that makes no sense is not asked again', async () => {
    const { asked, error } = await recycle({ plans: Array(5).fill(fails('TypeError', 5)) })
    expect(did(asked)).toEqual(['plan', 'report'])
    expect(error).toBe(recycleFailedError)
  })

  it('at a secret that is not there is not asked again: the input is bad, and the cause says why', async () => {
    const said = 'secretId: got "nope"; allowed is a secret'
    const { asked, error, cause } = await recycle({ plans: [fails('UnknownSourceError', 1, said)] })
    expect(did(asked)).toEqual(['plan'])
    expect(error).toBe('Breakwater.BadInput')
    expect(JSON.parse(cause!)).toEqual({ field: 'secretId', message: said })
    const label = 'label: got "GREEN"; allowed is one that db has: AWSCURRENT'
    const wrong = await recycle({ plans: [fails('UnknownSourceError', 1, label)] })
    expect(JSON.parse(wrong.cause!)).toEqual({ field: 'label', message: label })
  })

  it('when planning anew, and when verifying, lets nothing more begin', async () => {
    const anew = await recycle({ plans: [next.wave(['a'], ['b']), ...Array(5).fill(fails('StoreError'))] })
    expect(only(anew.asked, 'report')).toMatchObject([
      { ending: 'error', error: 'StoreError', change: 'db-3f2a-3' },
    ])
    const verifying = await recycle({ plans: [next.wave(['a'], ['b'])], verify: fails('StoreError') })
    expect(only(verifying.asked, 'report')).toMatchObject([{ ending: 'error', error: 'StoreError' }])
    for (const { asked, error } of [anew, verifying]) {
      expect(error).toBe(recycleFailedError)
      expect(only(asked, 'start')).toHaveLength(1)
    }
  })

  const { labelChange: _, ...moveless } = next.over('finished')
  const always = (plan: unknown) => ({ plans: Array(5).fill(plan) })
  it.each([
    ['a plan', always(null)],
    ['a plan', always('wave')],
    ['a plan', always({ ...next.wait(1), next: 'dance' })],
    ['a plan', always(next.wave([]))],
    ['a plan', always({ ...next.wait(1), seconds: 'soon' })],
    ['a plan', always({ ...next.handover({ secretId: 'db' }), input: null })],
    ['a plan', always(next.over('great' as never))],
    ['a plan', always(moveless)],
    ['a wave', always({ ...next.wave(['a']), wave: { services: [target('a')] } })],
    ['a verification', { ...oneWave, verify: () => null }],
    ['a verification', { ...oneWave, verify: () => ({ ok: true }) }],
    ['a verification', { ...oneWave, verify: () => ({ failed: [], recycled: 1 }) }],
  ])('or answers what makes no sense, for %s, ends the recycle as an error (%#)', async (_, world) => {
    const result = await recycle(world)
    expect(result.error).toBe(recycleFailedError)
    expect(only(result.asked, 'report')).toMatchObject([
      {
        ending: 'error',
        error: expect.stringMatching(/^(Breakwater.BadAnswer|States.QueryEvaluationError)$/),
      },
    ])
  })

  it('when reporting does not keep what is known out of the event, nor change how the execution ends', async () => {
    const result = await recycle({ ...oneWave, report: fails('StoreError') })
    const known = {
      secret: 'db',
      label: 'AWSCURRENT',
      versionId: 'v2',
      change: 'db-3f2a-3',
      ending: 'finished',
      dryRun: false,
      counts: { candidates: 0, stale: 0, recycled: 1, skipped: 0, failed: 0 },
      recycled: [],
      skipped: [],
      failed: [],
      message: expect.stringMatching(/^The report could not be made, .*: StoreError: the reason$/),
    }
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: known })
    expect(detailOf(result)).toEqual(known)
  })

  it.each([[null], ['done']])(
    'or answers no report does not keep the event from being put: %j',
    async answer => {
      const result = await recycle({ ...oneWave, report: () => answer })
      expect(detailOf(result)).toMatchObject({ ending: 'finished', counts: { recycled: 1 } })
    },
  )

  it('or reports another ending than it was given does not change the event: it says how the execution ends', async () => {
    const result = await recycle({
      plans: [next.over('failed')],
      report: () => reportOf({ ending: 'finished' }),
    })
    expect(detailOf(result)).toEqual(reportOf({ ending: 'failed' }))
    expect(result.status).toBe('FAILED')
  })

  it('when reporting a failure does not hide which services failed', async () => {
    const start = fails('TypeError')
    const result = await recycle({ ...oneWave, start: start as never, report: fails('StoreError') })
    const failed = [{ service: 'shop/a', reason: 'TypeError: the reason' }]
    expect(detailOf(result)).toMatchObject({ ending: 'failed', counts: { failed: 1 }, failed })
    expect(causeOf(result)).toMatchObject({ ending: 'failed', failed })
  })

  it.each([
    [{ secretId: 'db' }, 'AWSCURRENT'],
    [{ secretId: 'db', label: 'BLUE' }, 'BLUE'],
    [{ secretId: 'ssm:/db/password' }, 'LATEST'],
    [{ secretId: 'arn:aws:ssm:eu-west-1:123456789012:parameter/db' }, 'LATEST'],
  ])(
    'always is reported in an event all the same, which says what the input says: %j',
    async (input, label) => {
      const result = await recycle({
        input,
        plans: Array(5).fill(fails('Down')),
        report: fails('StoreError'),
      })
      const ended = { secret: input.secretId, label, versionId: null, change: null, ending: 'error' }
      expect(detailOf(result)).toMatchObject({
        ...ended,
        message: expect.stringMatching(/StoreError: the reason\. What went wrong before: Down .*the reason/),
      })
      expect(result.error).toBe(recycleFailedError)
      expect(causeOf(result)).toMatchObject({ ...ended, error: 'Down' })
    },
  )
})

describe('an event that cannot be put', () => {
  it('is tried again', async () => {
    const putEvents = fails('EventBridge.FailedEntry', 3)
    const { status, events } = await recycle({ ...oneWave, putEvents })
    expect({ status, tries: events.length }).toEqual({ status: 'SUCCEEDED', tries: 4 })
  })

  it.each([
    ['finished', 'SUCCEEDED'],
    ['failed', 'FAILED'],
  ] as const)('does not hide how it ended: %s', async (ending, status) => {
    const putEvents = fails('EventBridge.AccessDeniedException')
    const result = await recycle({ plans: [next.over(ending)], putEvents })
    expect(result.status).toBe(status)
    if (status === 'SUCCEEDED') expect(result.output).toEqual(reportOf({ ending }))
    else expect(causeOf(result)).toMatchObject({ ending })
  })
})

it('recycle-services fails with a cause that is short enough, however long the report', async () => {
  const failed = Array.from({ length: 100 }, (_, n) => ({ service: `shop/${n}`, reason: 'r'.repeat(2_000) }))
  const { cause } = await recycle({
    plans: [next.over('failed')],
    report: request => ({ ...reportOf(request), failed, message: 'm'.repeat(9_000) }),
  })
  expect(cause!.length).toBeLessThan(32_768 / 4)
  expect(JSON.parse(cause!)).toMatchObject({
    failed: failed.slice(0, 10).map(one => ({ ...one, reason: 'r'.repeat(300) })),
  })
})

describe('refuses bad input, and names the field', () => {
  it.each([
    ['input', 'db'],
    ['input', [{ secretId: 'db' }]],
    ['secretId', {}],
    ['secretId', { secretId: '' }],
    ['secretId', { secretId: ['db'] }],
    ['secretId', { secretId: 'x'.repeat(2_049) }],
    ['label', { secretId: 'db', label: '' }],
    ['label', { secretId: 'db', label: null }],
    ['sequence', { secretId: 'db', sequence: 0 }],
    ['sequence', { secretId: 'db', sequence: 1.5 }],
    ['sequence', { secretId: 'db', sequence: '3' }],
    ['dryRun', { secretId: 'db', dryRun: 'false' }],
    ['dryrun', { secretId: 'db', dryrun: true }],
  ])('%s: %j', async (field, input) => {
    const { status, error, cause, states, asked, events } = await recycle({ input })
    expect({ status, error, states, asked, events }).toEqual({
      status: 'FAILED',
      error: badInputError,
      states: ['Check input', 'Bad input'],
      asked: [],
      events: [],
    })
    expect(JSON.parse(cause!)).toEqual({
      field,
      message: expect.stringMatching(new RegExp(`^${field}: allowed is `)),
    })
  })

  it.each([
    ['dryrun', 'dryRun'],
    ['SECRETID', 'secretId'],
  ])('%s: did you mean %s', async (field, meant) => {
    const { cause } = await recycle({ input: { secretId: 'db', [field]: true } })
    expect(JSON.parse(cause!).message).toBe(
      `${field}: allowed is secretId, label, sequence, dryRun; did you mean ${meant}?`,
    )
  })

  it('and takes all that is good', async () => {
    const input = { secretId: 'db', label: 'BLUE', sequence: 1, dryRun: false }
    const { asked } = await recycle({ input })
    expect(only(asked, 'plan')).toMatchObject([{ input }])
  })
})

it.each([
  [{ planner: '' }, /^recycleServices: planner: got ""; allowed is the ARN of a function$/],
  [{ executor: undefined }, /^recycleServices: executor: /],
  [{ bus: 7 }, /^recycleServices: bus: got 7; allowed is the name or ARN of an event bus$/],
  [{ concurrency: 0 }, /^recycleServices: concurrency: got 0; allowed is a whole number from 1 to 40$/],
  [{ concurrency: 41 }, /^recycleServices: concurrency: /],
  [{ partition: '' }, /^recycleServices: partition: /],
  [{ poll: 3 }, /^recycleServices: option: got "poll"; allowed is planner, executor, /],
])('recycle-services refuses bad options: %j', (given, message) => {
  const make = () => recycleServices({ ...options, ...given } as never)
  expect(make).toThrow(TypeError)
  expect(make).toThrow(message)
})

it('recycle-services is made for a partition', () => {
  const text = JSON.stringify(recycleServices({ ...options, partition: 'aws-cn' }))
  expect(text).toContain('arn:aws-cn:states:::lambda:invoke')
  expect(text).not.toContain('arn:aws:states')
})

it('recycle-services has no state that the tests above have not entered', () => {
  const map = definition.States['Recycle wave']
  if (map?.Type !== 'Map') throw new Error('The wave is no Map')
  const all = [...Object.keys(definition.States), ...Object.keys(map.ItemProcessor.States)]
  expect(all.filter(name => !everEntered.has(name))).toEqual([])
})
