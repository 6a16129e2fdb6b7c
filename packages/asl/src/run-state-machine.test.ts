import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { durationOf, machineOf, never, run, task } from './asl.fixture.ts'
import { runStateMachine } from './run-state-machine.ts'
import { settle, systemClock, VirtualClock } from './time/clock.ts'
import type { TaskContext } from './types.ts'

describe('a task is mocked', () => {
  const lambda = (FunctionName: string) => task({ Arguments: { FunctionName, Payload: { n: 1 } } })
  const payload = (Payload: unknown) => ({ ExecutedVersion: '$LATEST', Payload, StatusCode: 200 })
  const arn = 'arn:aws:lambda:eu-west-1:123456789012:function:charge'

  it.each([
    [
      'by its state, with all of it',
      'charge',
      { A: (args: object) => args, charge: () => 0 },
      { FunctionName: 'charge', Payload: { n: 1 } },
    ],
    ['by the name of the function', 'charge', { charge: ({ n }: { n: number }) => n }, payload(1)],
    ['by the name of a version', 'charge:3', { charge: () => 3 }, payload(3)],
    ['by the ARN', arn, { [arn]: () => undefined }, payload(null)],
    ['by the ARN of a version', `${arn}:live`, { [arn]: () => 'x' }, payload('x')],
    ['by the name in the ARN', arn, { charge: () => 'x' }, payload('x')],
    [
      'by the resource, with all of it',
      'other',
      { 'arn:aws:states:::lambda:invoke': (args: object) => args },
      { FunctionName: 'other', Payload: { n: 1 } },
    ],
  ])('%s', async (_, name, tasks, output) => {
    expect((await run({ A: lambda(name) }, { tasks })).output).toEqual(output)
  })

  it('by no function: an error of the test, whatever the definition catches', async () => {
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'B' }]
    const states = {
      A: task({ Catch, Arguments: { FunctionName: 'charge' } }),
      B: { Type: 'Pass', End: true },
    }
    await expect(run(states, { tasks: { chrge: () => 1 } })).rejects.toThrow(
      'tasks: nothing for the state "A"; allowed is a function named one of "A", "charge"',
    )
  })

  it('for a service that this package does not know', async () => {
    const Resource = 'arn:aws:states:::batch:submitJob.sync'
    expect(
      (await run({ A: task({ Resource }) }, { tasks: { 'arn:aws:states:::batch:submitJob': () => 1 } }))
        .output,
    ).toBe(1)
  })
})

describe('time', () => {
  it('stands still while a task uses a socket, and moves on when the task waits on the clock', async () => {
    const server = createServer(async (_, response) => {
      // Far more turns of the event loop than a quiet execution is given.
      for (let turn = 0; turn < 100; turn++) await settle()
      response.end('hello')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const A = async (_: unknown, { clock }: TaskContext) => {
      const answer = await (await fetch(url)).text()
      await new Promise<void>(resolve => clock.setTimeout(resolve, 500))
      return answer
    }
    const result = await run({ A: task({ TimeoutSeconds: 1 }) }, { tasks: { A } })
    expect(result.output).toBe('hello')
    expect(durationOf(result)).toBe(500)
    server.close()
    server.closeAllConnections()
  })

  it('moves on where a task never answers', async () => {
    const result = await run({ A: task() }, { tasks: { A: never } })
    expect(result.status).toBe('TIMED_OUT')
    expect(durationOf(result)).toBe(31_536_000_000)
  })

  it('is that of a given clock, which may have other timers', async () => {
    const clock = new VirtualClock(0)
    let calls = 0
    const timer = clock.setTimeout(() => calls++, 90_000)
    const A = () => new Promise(resolve => clock.setTimeout(() => resolve(clock.now()), 60_000))
    const states = {
      A: task({ Next: 'B' }),
      B: { Type: 'Wait', Seconds: 60, Output: '{% [$states.input, $millis()] %}', End: true },
    }
    const result = await run(states, { clock, tasks: { A } })
    expect(result.output).toEqual([60_000, 120_000])
    expect([calls, clock.pending]).toEqual([1, 0])
    clock.clearTimeout(timer)
  })

  it('is shared by a hundred executions on one clock', async () => {
    const clock = new VirtualClock(0)
    const states = {
      A: { Type: 'Wait', Seconds: '{% $states.input %}', Output: '{% $millis() %}', End: true },
    }
    const all = await Promise.all(Array.from({ length: 100 }, (_, n) => run(states, { clock, input: n })))
    expect(all.map(({ output }) => output)).toEqual(all.map((_, n) => n * 1_000))
    expect(clock.pending).toBe(0)
  })

  it('may be that of the system', async () => {
    const A = () => settle().then(() => 'real')
    expect((await run({ A: task() }, { clock: systemClock, tasks: { A } })).output).toBe('real')
  })
})

describe('an option', () => {
  const definition = machineOf({ A: { Type: 'Pass', End: true } })

  it('may be JSON text for the definition, and {} is the default input', async () => {
    expect((await runStateMachine(JSON.stringify(definition))).output).toEqual({})
  })

  it('is refused by name', async () => {
    await expect(runStateMachine(definition, { task: {} } as never)).rejects.toThrow(
      'runStateMachine: option: got "task"; allowed is',
    )
    await expect(runStateMachine(definition, { tasks: { A: 5 } } as never)).rejects.toThrow(
      'tasks["A"]: got 5',
    )
    await expect(runStateMachine(definition, { input: 1n })).rejects.toThrow('input: got 1')
  })
})
