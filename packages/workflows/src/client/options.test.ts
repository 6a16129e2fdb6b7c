import { afterAll, describe, expect, it } from 'vitest'
import { WorkflowClient } from './client.ts'
import { execution, machine, startStates } from './endpoint.fixture.ts'

const states = await startStates()
const client = states.client() as {
  [K in 'run' | 'start' | 'wait' | 'explain']: (...given: unknown[]) => Promise<unknown>
}
afterAll(() => states.close())

describe('bad options of a client', () => {
  it.each([
    [null, 'WorkflowClient: options: got null; allowed is an object'],
    [
      { clientconfig: {} },
      'WorkflowClient: option: got "clientconfig"; allowed is client, clientConfig, requestTimeoutMs, clock, random',
    ],
    [{ client: {} }, 'WorkflowClient: client: got an object; allowed is an SFNClient'],
    [
      { clientConfig: 'eu-west-1' },
      'WorkflowClient: clientConfig: got "eu-west-1"; allowed is the configuration of an SFNClient',
    ],
    [
      { client: { send() {} }, clientConfig: {} },
      'WorkflowClient: clientConfig: got an object; allowed is nothing beside client',
    ],
    [{ requestTimeoutMs: 0 }, 'WorkflowClient: requestTimeoutMs: got 0; allowed is a number above 0'],
    [{ clock: {} }, 'WorkflowClient: clock: got an object; allowed is a Clock'],
    [{ random: 1 }, 'WorkflowClient: random: got 1; allowed is a function'],
  ])('%j', (options, message) => {
    expect(() => new WorkflowClient(options as never)).toThrow(message)
    expect(() => new WorkflowClient(options as never)).toThrow(TypeError)
  })
})

describe('bad arguments, refused before anything is sent', () => {
  const cyclic: Record<string, unknown> = {}
  cyclic.self = cyclic

  it.each([
    [undefined, 'got undefined; allowed is what JSON can hold'],
    [() => 1, 'got a function; allowed is what JSON can hold'],
    [1n, 'got 1; allowed is what JSON can hold'],
    [cyclic, 'got an object; allowed is what JSON can hold'],
    ['é'.repeat(131_072), 'got "262146 bytes"; allowed is at most 262144 bytes (256 KiB) of JSON'],
  ])('an input: %o', async (input, message) => {
    for (const method of ['run', 'start'] as const)
      await expect(client[method](machine, input)).rejects.toMatchObject({
        name: 'TypeError',
        message: `WorkflowClient.${method}: input: ${message}`,
      })
  })

  it.each([
    undefined,
    '',
    'orders',
    execution,
    machine.replace(':stateMachine:', ':activity:'),
    `${machine} `,
    `${machine}\n`,
    `${machine}:1:2`,
    machine.replace('123456789012', '1'),
    `${machine}${'x'.repeat(80)}`,
  ])('an ARN of a state machine: %j', async arn => {
    const refused = {
      name: 'TypeError',
      message: expect.stringMatching(
        /^WorkflowClient\.(run|start): stateMachineArn: got .* allowed is arn:/s,
      ),
    }
    for (const method of ['run', 'start'] as const)
      await expect(client[method](arn, {})).rejects.toMatchObject(refused)
  })

  it.each([
    undefined,
    machine,
    `${execution}/x`,
    'arn:aws:states:eu-west-1:123456789012:express:orders:order-1:f3a1',
  ])('an ARN of an execution: %j', async arn => {
    const message = expect.stringMatching(
      /^WorkflowClient\.(wait|explain): executionArn: got .* of a STANDARD workflow$/,
    )
    for (const method of ['wait', 'explain'] as const)
      await expect(client[method](arn)).rejects.toMatchObject({ name: 'TypeError', message })
  })

  it.each(['', 'a b', 'a/b', 'a:b', 'a`b', 'a\u0001', 'x'.repeat(81), 5, null])('a name: %j', async name => {
    const message = expect.stringMatching(
      /^WorkflowClient\.(run|start): name: got .* allowed is 1 to 80 characters/,
    )
    for (const method of ['run', 'start'] as const)
      await expect(client[method](machine, {}, { name })).rejects.toMatchObject({
        name: 'TypeError',
        message,
      })
  })

  it.each([
    ['run', { timeoutMs: -1 }, 'WorkflowClient.run: timeoutMs: got -1; allowed is a number above 0'],
    ['run', { signal: {} }, 'WorkflowClient.run: signal: got an object; allowed is an AbortSignal'],
    ['run', { type: 'express' }, 'WorkflowClient.run: type: got "express"; allowed is EXPRESS, STANDARD'],
    [
      'run',
      { timeout: 1 },
      'WorkflowClient.run: option: got "timeout"; allowed is name, type, signal, timeoutMs',
    ],
    ['run', 5, 'WorkflowClient.run: options: got 5; allowed is an object'],
    ['start', { timeoutMs: 1 }, 'WorkflowClient.start: option: got "timeoutMs"; allowed is name, signal'],
  ] as const)('an option of %s: %j', async (method, options, message) => {
    await expect(client[method](machine, {}, options)).rejects.toThrow(message)
  })

  it('and none of it was sent', () => {
    expect(states.requests).toEqual([])
  })

  it.each([
    machine,
    `${machine}:3`,
    `${machine}:live`,
    'arn:aws-cn:states:cn-north-1:123456789012:stateMachine:Bestellung_ü.1',
  ])('but not %s', async arn => {
    await expect(client.run(arn, null, { name: 'ü-1_2.3' })).rejects.toMatchObject({
      name: 'AccessDeniedException',
    })
  })
})
