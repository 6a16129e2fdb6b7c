import { isCircuitOpenError } from '@breakwater/circuit'
import { VirtualClock } from '@breakwater/circuit/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { isWorkflowError, isWorkflowTimeoutError, WorkflowClient } from './client.ts'
import { execution, machine, ok, pollingClock, refuse, startDate, startStates } from './endpoint.fixture.ts'

interface Receipt {
  readonly chargeId: string
}

const order = { orderId: 'order-1', note: 'é' }
const done = ok({ executionArn: execution, status: 'SUCCEEDED', output: '{"chargeId":"ch_1"}' })
const running = ok({ executionArn: execution, status: 'RUNNING' })
const started = ok({ executionArn: execution })
const failed = (error: string, cause?: string, status = 'FAILED') =>
  ok({ executionArn: execution, status, error, cause })

let states: Awaited<ReturnType<typeof startStates>>
beforeAll(async () => {
  states = await startStates()
})
beforeEach(() => states.reset())
afterEach(() => vi.unstubAllEnvs())
afterAll(() => states.close())

/** The error of a run that fails. */
const errorOf = (running: Promise<unknown>) =>
  running.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => error as Record<string, unknown>,
  )

describe('an EXPRESS workflow', () => {
  it('runs in one request, and returns its output', async () => {
    states.answer('StartSyncExecution', done)
    const receipt = await states.client().run<Receipt>(machine, order, { name: 'order-1' })
    expectTypeOf(receipt).toEqualTypeOf<Receipt>()
    expect(receipt).toEqual({ chargeId: 'ch_1' })
    const body = { stateMachineArn: machine, input: JSON.stringify(order), name: 'order-1' }
    expect(states.requests).toEqual([{ operation: 'StartSyncExecution', host: expect.any(String), body }])
  })

  it.each([
    ['JSON', '{"sku":"book"}', { sku: 'book' }, 'OutOfStock: {"sku":"book"}'],
    [
      'JSON of Lambda',
      '{"errorType":"E","errorMessage":"no \\"book\\""}',
      expect.anything(),
      'OutOfStock: no "book"',
    ],
    ['text', 'no "book" left', 'no "book" left', 'OutOfStock: no "book" left'],
    ['nothing', undefined, undefined, 'OutOfStock'],
  ])('fails by a WorkflowError, its cause being %s', async (_, cause, value, message) => {
    states.answer('StartSyncExecution', failed('OutOfStock', cause))
    const error = await errorOf(states.client().run(machine, order))
    expect(isWorkflowError(error) && !isWorkflowTimeoutError(error)).toBe(true)
    expect(error).toMatchObject({ name: 'WorkflowError', error: 'OutOfStock', status: 'FAILED' })
    expect(error).toMatchObject({
      executionArn: execution,
      message: `Execution "order-1" failed: ${message}`,
    })
    expect(error.cause).toEqual(value)
  })

  it('fails by a CircuitOpenError where its circuit was open', async () => {
    const cause = { circuit: 'payments', reason: 'failure-rate', retryAfterMs: 1_500 }
    states.answer('StartSyncExecution', failed('Breakwater.CircuitOpen', JSON.stringify(cause)))
    const error = await errorOf(states.client().run(machine, order))
    expect(isCircuitOpenError(error)).toBe(true)
    expect(error).toMatchObject({
      ...cause,
      message: 'Temporarily unavailable; retry in 2 s',
    })
    expect(error.cause).toMatchObject({ name: 'WorkflowError', executionArn: execution, cause })
  })

  it.each([
    undefined,
    'null',
    'open',
    '{"circuit":"payments"}',
    '{"circuit":"payments","reason":"forced-open","retryAfterMs":-1}',
    '{"circuit":"payments","reason":"forced-open","retryAfterMs":null}',
  ])('fails by a WorkflowError where an open circuit says %s', async cause => {
    states.answer('StartSyncExecution', failed('Breakwater.CircuitOpen', cause))
    const error = await errorOf(states.client().run(machine, order))
    expect(error).toMatchObject({ name: 'WorkflowError', error: 'Breakwater.CircuitOpen' })
  })

  it('reports its own timeout', async () => {
    states.answer('StartSyncExecution', ok({ executionArn: execution, status: 'TIMED_OUT' }))
    const error = await errorOf(states.client().run(machine, order))
    expect(isWorkflowTimeoutError(error) && isWorkflowError(error)).toBe(true)
    expect(error).toMatchObject({ status: 'TIMED_OUT', error: 'States.Timeout', timeoutMs: undefined })
    expect(error.message).toBe('Execution "order-1" timed out: States.Timeout')
  })

  it('is waited for until the time limit of the caller, which ends the request', async () => {
    const clock = new VirtualClock()
    states.answer('StartSyncExecution', 'hang')
    const hung = states.hung()
    const run = errorOf(states.client({ clock }).run(machine, order, { timeoutMs: 2_000 }))
    const { closed } = await hung
    await clock.advance(2_000)
    expect(await run).toMatchObject({ name: 'WorkflowTimeoutError', timeoutMs: 2_000, status: 'UNKNOWN' })
    expect((await run).message).toBe(
      'Step Functions did not answer within 2000 ms; whether an execution began is not known',
    )
    await closed
    expect(clock.pending).toBe(0)
  })

  it('is waited for until the caller aborts', async () => {
    const clock = new VirtualClock()
    const controller = new AbortController()
    const { signal } = controller
    states.answer('StartSyncExecution', 'hang')
    const hung = states.hung()
    const run = errorOf(states.client({ clock }).run(machine, order, { signal, timeoutMs: 9_000 }))
    const { closed } = await hung
    controller.abort(new Error('the user left'))
    expect(await run).toBe(signal.reason)
    await closed
    expect(clock.pending).toBe(0)
    await expect(states.client().run(machine, order, { signal })).rejects.toBe(signal.reason)
    expect(states.requests).toHaveLength(1)
  })

  it('is refused as the service refuses it', async () => {
    states.answer('StartSyncExecution', refuse('StateMachineDoesNotExist'))
    await expect(states.client().run(machine, order)).rejects.toMatchObject({
      name: 'StateMachineDoesNotExist',
    })
    states.answer('StartSyncExecution', refuse('StateMachineTypeNotSupported'))
    const express = states.client().run(machine, order, { type: 'EXPRESS' })
    await expect(express).rejects.toMatchObject({ name: 'StateMachineTypeNotSupported' })
    expect(states.operations()).toEqual(['StartSyncExecution', 'StartSyncExecution'])
  })
})

describe('a STANDARD workflow', () => {
  it('is recognised, started and waited for; the second run remembers', async () => {
    const clock = pollingClock()
    const client = states.client({ clock })
    states.answer('StartSyncExecution', refuse('StateMachineTypeNotSupported'))
    states.answer('StartExecution', started)
    states.answer('DescribeExecution', ...Array(7).fill(running), done)
    expect(await client.run(machine, order, { timeoutMs: 60_000 })).toEqual({ chargeId: 'ch_1' })
    expect(clock.pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000])
    expect(states.operations().slice(0, 3)).toEqual([
      'StartSyncExecution',
      'StartExecution',
      'DescribeExecution',
    ])
    expect(clock.clock.pending).toBe(0)
    states.requests.length = 0
    await client.run(machine, order)
    expect(states.operations()).toEqual(['StartExecution', 'DescribeExecution'])
  })

  it('spreads its polls', async () => {
    const clock = pollingClock()
    states.answer('DescribeExecution', running, ok({ status: 'PENDING_REDRIVE' }), done)
    await states.client({ clock, random: () => 0 }).wait(execution)
    expect(clock.pauses).toEqual([125, 250])
  })

  it.each([
    ['OutOfStock', 'FAILED', 'OutOfStock', 'failed: OutOfStock: none'],
    [undefined, 'ABORTED', 'ABORTED', 'was stopped: ABORTED: none'],
    ['States.Timeout', 'TIMED_OUT', 'States.Timeout', 'timed out: States.Timeout: none'],
  ])('fails by its error: %s, %s', async (error, status, name, message) => {
    states.answer('DescribeExecution', ok({ executionArn: execution, error, status, cause: 'none' }))
    const thrown = await errorOf(states.client().wait(execution))
    expect(thrown).toMatchObject({ error: name, status, message: `Execution "order-1" ${message}` })
  })

  it('a start that got no answer was said to go on', async () => {
    const clock = new VirtualClock()
    states.answer('StartExecution', 'hang')
    const hung = states.hung()
    const options = { type: 'STANDARD', timeoutMs: 500 } as const
    const run = errorOf(states.client({ clock }).run(machine, order, options))
    await hung
    await clock.advance(500)
    expect(await run).toMatchObject({ status: 'UNKNOWN', executionArn: undefined })
    expect((await run).message).not.toContain('goes on')
  })

  it('goes on after the time limit of the caller', async () => {
    const clock = new VirtualClock()
    states.answer('StartExecution', started)
    states.answer('DescribeExecution', 'hang')
    const hung = states.hung()
    const options = { type: 'STANDARD', timeoutMs: 3_000 } as const
    const run = errorOf(states.client({ clock }).run(machine, order, options))
    const { closed } = await hung
    await clock.advance(3_000)
    expect(await run).toMatchObject({
      name: 'WorkflowTimeoutError',
      executionArn: execution,
      timeoutMs: 3_000,
    })
    await closed
    expect(clock.pending).toBe(0)
  })

  it('a pause between polls ends with the signal', async () => {
    const clock = new VirtualClock()
    const controller = new AbortController()
    const { setTimeout } = clock
    const paused = new Promise<void>(resolve => {
      clock.setTimeout = (callback, ms) => {
        if (ms === 250) resolve()
        return setTimeout(callback, ms)
      }
    })
    states.answer('DescribeExecution', running)
    const waiting = errorOf(states.client({ clock }).wait(execution, { signal: controller.signal }))
    await paused
    controller.abort()
    expect(await waiting).toBe(controller.signal.reason)
    expect(clock.pending).toBe(0)
  })

  it('is polled on after transient errors, but not for ever', async () => {
    const clock = pollingClock()
    const client = states.client({ clock })
    states.answer('DescribeExecution', 'reset', refuse('ThrottlingException'), refuse('Internal', 500), done)
    expect(await client.wait(execution)).toEqual({ chargeId: 'ch_1' })
    states.answer('DescribeExecution', refuse('ThrottlingException'))
    states.requests.length = 0
    await expect(client.wait(execution)).rejects.toMatchObject({ name: 'ThrottlingException' })
    expect(states.requests).toHaveLength(6)
    states.answer('DescribeExecution', refuse('ExecutionDoesNotExist'))
    await expect(client.wait(execution)).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' })
    expect(states.requests).toHaveLength(7)
  })

  it('a request that hangs is given up', async () => {
    const clock = new VirtualClock()
    states.answer('StartExecution', 'hang')
    const hung = states.hung()
    const start = errorOf(states.client({ clock, requestTimeoutMs: 800 }).start(machine, order))
    await hung
    await clock.advance(800)
    expect(await start).toMatchObject({
      name: 'TimeoutError',
      message: 'WorkflowClient: StartExecution: no answer within 800 ms',
    })
    expect(clock.pending).toBe(0)
  })
})

describe('a start', () => {
  it('has a random name, so that it can be sent again', async () => {
    states.answer('StartExecution', started)
    const { executionArn, startedAt } = await states.client().start(machine, order)
    expect({ executionArn, startedAt }).toEqual({ executionArn: execution, startedAt: startDate * 1_000 })
    expect(states.requests[0]?.body.name).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('by the name of an existing execution, with the same input, returns that execution', async () => {
    states.answer('StartExecution', refuse('ExecutionAlreadyExists'))
    states.answer(
      'DescribeExecution',
      ok({ executionArn: execution, input: '{ "note": "é", "orderId": "order-1" }' }),
    )
    const version = `${machine}:3`
    const same = await states.client().start(version, order, { name: 'order-1' })
    expect(same).toEqual({ executionArn: execution, startedAt: startDate * 1_000 })
    expect(states.requests[1]?.body).toEqual({ executionArn: execution })
  })

  it.each([
    ['another input', '{"orderId":"order-2"}'],
    ['an input that the service does not return', undefined],
  ])('by the name of an existing execution, with %s, is refused', async (_, input) => {
    states.answer('StartExecution', refuse('ExecutionAlreadyExists'))
    states.answer('DescribeExecution', ok({ executionArn: execution, input }))
    const start = states.client().start(machine, order, { name: 'order-1' })
    await expect(start).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' })
  })
})

describe('own SDK clients', () => {
  it.each(['AWS_ENDPOINT_URL_SFN', 'AWS_ENDPOINT_URL'])(
    'use the endpoint in %s, under its own host name',
    async variable => {
      const { endpoint, ...clientConfig } = states.clientConfig
      vi.stubEnv(variable, endpoint)
      states.answer('StartSyncExecution', done)
      const client = new WorkflowClient({ clientConfig })
      expect(await client.run(machine, order)).toEqual({ chargeId: 'ch_1' })
      expect(states.requests[0]?.host).toBe(new URL(endpoint).host)
      client.close()
    },
  )

  it('never run an EXPRESS workflow twice, but repeat a start', async () => {
    const client = new WorkflowClient({ clientConfig: states.clientConfig })
    states.answer('StartSyncExecution', refuse('Internal', 500), done)
    await expect(client.run(machine, order)).rejects.toMatchObject({ name: 'Internal' })
    states.answer('StartExecution', refuse('Internal', 500), started)
    expect((await client.start(machine, order)).executionArn).toBe(execution)
    const names = states.requests.slice(1).map(({ body }) => body.name)
    expect(names).toHaveLength(2)
    expect(new Set(names).size).toBe(1)
    client.close()
    expect(await client.run(machine, order)).toEqual({ chargeId: 'ch_1' })
    client.close()
  })
})

it('WorkflowClient has types for input and output', () => {
  type Client = WorkflowClient
  expectTypeOf<ReturnType<Client['run']>>().toEqualTypeOf<Promise<unknown>>()
  const client = {} as Client
  // @ts-expect-error: no order.
  const wrong = () => client.run<Receipt, typeof order>(machine, { orderId: 1 })
  expect(wrong).toBeTypeOf('function')
})
