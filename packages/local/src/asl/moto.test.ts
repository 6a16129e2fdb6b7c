import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn'
import { afterAll, describe, expect, it } from 'vitest'
import { runStateMachine } from './run.ts'

/** A moto server that runs state machines and evaluates JSONata, which moto alone does not. */
const endpoint = process.env.MOTO_ENDPOINT
if (!endpoint) console.log('MOTO_ENDPOINT is not set: state machines are not compared with those of moto')

const jsonata = { QueryLanguage: 'JSONata' }

/** Machines whose result depends on nothing but their input, with the inputs to try. */
const machines: [name: string, definition: object, inputs: unknown[]][] = [
  [
    'passes and variables',
    {
      ...jsonata,
      StartAt: 'Keep',
      States: {
        Keep: { Type: 'Pass', Assign: { total: '{% $sum($states.input.items.price) %}' }, Next: 'Tell' },
        Tell: { Type: 'Pass', Output: { total: '{% $total %}', twice: '{% $total * 2 %}' }, End: true },
      },
    },
    [{ items: [{ price: 3 }, { price: 4.5 }] }, { items: [{ price: 1 }] }],
  ],
  [
    'choices',
    {
      ...jsonata,
      StartAt: 'Which?',
      States: {
        'Which?': {
          Type: 'Choice',
          Choices: [
            { Condition: '{% $states.input.n > 10 %}', Next: 'Large' },
            { Condition: '{% $states.input.n < 0 %}', Next: 'Wrong' },
          ],
          Default: 'Small',
        },
        Large: { Type: 'Pass', Output: 'large', End: true },
        Small: { Type: 'Succeed', Output: '{% $states.input.n & " is small" %}' },
        Wrong: { Type: 'Fail', Error: 'Negative', Cause: '{% "got " & $string($states.input.n) %}' },
      },
    },
    [{ n: 11 }, { n: 10 }, { n: -1 }],
  ],
  [
    'a map',
    {
      ...jsonata,
      StartAt: 'Each',
      States: {
        Each: {
          Type: 'Map',
          Items: '{% $states.input.names %}',
          ItemProcessor: {
            ProcessorConfig: { Mode: 'INLINE' },
            StartAt: 'Greet',
            States: { Greet: { Type: 'Pass', Output: '{% "hello " & $states.input %}', End: true } },
          },
          End: true,
        },
      },
    },
    [{ names: ['ana', 'bo', 'chi'] }],
  ],
  [
    'branches',
    {
      ...jsonata,
      StartAt: 'Both',
      States: {
        Both: {
          Type: 'Parallel',
          Branches: [
            { StartAt: 'A', States: { A: { Type: 'Pass', Output: '{% $states.input.a + 1 %}', End: true } } },
            { StartAt: 'B', States: { B: { Type: 'Pass', Output: { b: true }, End: true } } },
          ],
          End: true,
        },
      },
    },
    [{ a: 1 }],
  ],
]

describe.skipIf(!endpoint)('state machines end as they do in moto', () => {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const client = new SFNClient({ endpoint: endpoint ?? '', region: 'us-east-1', credentials })
  afterAll(() => client.destroy())

  it.each(machines)('%s', async (name, definition, inputs) => {
    const { stateMachineArn } = await client.send(
      new CreateStateMachineCommand({
        name: `${name.replaceAll(' ', '-')}-${Date.now()}`,
        definition: JSON.stringify(definition),
        roleArn: 'arn:aws:iam::123456789012:role/states',
      }),
    )
    for (const input of inputs) {
      const ours = await runStateMachine(definition, { input: input as never })
      const { executionArn } = await client.send(
        new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input), name: randomUUID() }),
      )
      let theirs = await client.send(new DescribeExecutionCommand({ executionArn }))
      for (let polls = 0; theirs.status === 'RUNNING' && polls < 200; polls++) {
        await sleep(50)
        theirs = await client.send(new DescribeExecutionCommand({ executionArn }))
      }
      expect(ours.status).toBe(theirs.status)
      if (theirs.status === 'SUCCEEDED') expect(ours.output).toEqual(JSON.parse(theirs.output ?? 'null'))
      else expect([ours.error, ours.cause]).toEqual([theirs.error, theirs.cause])
    }
  })
})
