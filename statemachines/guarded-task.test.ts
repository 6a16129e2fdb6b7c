import { TaskError } from '@breakwater/asl'
import { type GuardedTaskOptions, guardedTask, type StateMachineDefinition } from '@breakwater/workflows'
import { describe, expect, it } from 'vitest'
import { gateArn, records, runWorkflow, workArn } from './run-workflow.fixture.ts'

const base: GuardedTaskOptions = {
  name: 'Charge',
  circuit: 'payments',
  table: 'circuits',
  gate: gateArn,
  task: {
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: workArn, Payload: '{% $states.input %}' },
    Output: '{% $states.result.Payload %}',
  },
  end: true,
}
const guarded = (options: Partial<GuardedTaskOptions>) =>
  guardedTask({ ...base, ...options } as GuardedTaskOptions)

function machine(
  options: Partial<GuardedTaskOptions>,
  more: StateMachineDefinition['States'] = {},
): StateMachineDefinition {
  const { startAt, states } = guarded(options)
  return { QueryLanguage: 'JSONata', StartAt: startAt, States: { ...states, ...more } }
}

const fails = (name: string) => () => {
  throw new TaskError(name, 'for a reason')
}

describe('a circuit by expression', () => {
  const byTenant = machine({ circuit: "{% 'tenant-' & $states.input.tenant %}" })

  it('is read and recorded by the name that it yields', async () => {
    const keys: unknown[] = []
    const read = ({ RequestItems }: { RequestItems: { circuits: { Keys: unknown[] } } }) => {
      keys.push(...RequestItems.circuits.Keys)
      return { Responses: { circuits: [] } }
    }
    const { gateRequests } = await runWorkflow(
      byTenant,
      { tenant: 'acme' },
      { circuit: [read], work: fails('Down') },
    )
    expect(keys).toEqual([
      { circuit: { S: 'circuit#tenant-acme' }, part: { S: 'state' } },
      { circuit: { S: 'control#tenant-acme' }, part: { S: 'control' } },
    ])
    expect(gateRequests).toMatchObject([{ action: 'record', circuit: 'tenant-acme' }])
  })

  it('keeps its name where the table fails', async () => {
    const options = { circuit: [fails('DynamoDb.InternalServerErrorException')], work: fails('Down') }
    const { gateRequests } = await runWorkflow(byTenant, { tenant: 'acme' }, options)
    expect(gateRequests).toMatchObject([{ circuit: 'tenant-acme', token: { generation: -1 } }])
  })

  it.each([
    ['nothing', {}],
    ['no text', { tenant: 7 }],
  ])('fails the execution where it yields %s', async (_, input) => {
    const refuses = fails('DynamoDb.DynamoDbException')
    const plain = machine({ circuit: '{% $states.input.tenant %}' })
    const { status, error, workRequests } = await runWorkflow(plain, input, { circuit: [refuses] })
    expect({ status, error, workRequests }).toEqual({
      status: 'FAILED',
      error: 'States.QueryEvaluationError',
      workRequests: [],
    })
  })
})

describe('errors of the task', () => {
  const end = (Output: string) => ({ Type: 'Succeed', Output }) as const
  const caught = machine(
    {
      catch: [
        { ErrorEquals: ['Declined'], Output: { said: '{% $states.errorOutput.Cause %}' }, Next: 'Refuse' },
        { ErrorEquals: ['States.Timeout'], Assign: { late: true }, Next: 'Undo' },
      ],
      fallback: 'Pend',
    },
    {
      Refuse: end("{% {'refused': $states.input} %}"),
      Undo: end("{% {'undone': $states.input, 'late': $late} %}"),
      Pend: end("{% {'pending': $states.input, 'error': $chargeCircuit.error} %}"),
    },
  )

  it.each([
    ['Declined', fails('Declined'), { refused: { said: 'for a reason' } }],
    ['States.Timeout', () => new Promise(() => {}), { undone: { Error: 'States.Timeout' }, late: true }],
    ['Down', fails('Down'), { pending: { amount: 1 }, error: 'Down' }],
  ])(
    'are recorded, then go on with the state and the output of their catcher: %s',
    async (error, work, output) => {
      const result = await runWorkflow(caught, { amount: 1 }, { work })
      expect(result.gateRequests).toMatchObject([{ action: 'record', outcome: { ok: false, error } }])
      expect(result.output).toMatchObject(output)
    },
  )

  it('go on there too where the gate fails', async () => {
    const result = await runWorkflow(caught, { amount: 1 }, { work: fails('Declined'), gate: fails('Gone') })
    expect(result.output).toEqual({ refused: { said: 'for a reason' } })
  })

  it('and a rejection goes to the fallback, past all catchers', async () => {
    const { output, workRequests } = await runWorkflow(caught, { amount: 1 }, { circuit: [records.open] })
    expect({ output, workRequests }).toEqual({ output: { pending: { amount: 1 } }, workRequests: [] })
  })
})

it('a guarded task hands its result on, whether it is recorded or not', async () => {
  const Output = "{% {'charged': $states.input} %}"
  const followed = machine({ next: 'Ship', end: undefined as never }, { Ship: { Type: 'Succeed', Output } })
  for (const record of [records.closed, records.suspect]) {
    const { output } = await runWorkflow(followed, {}, { circuit: [record], work: () => ({ id: 7 }) })
    expect(output).toEqual({ charged: { id: 7 } })
  }
})

it('a guarded task fits into a Map and into branches, each with its own variable', async () => {
  const inMap = guarded({ name: 'Each', circuit: '{% $states.input %}' })
  const branch = (name: string) => {
    const { startAt, states } = guarded({ name })
    return { StartAt: startAt, States: states }
  }
  const definition: StateMachineDefinition = {
    QueryLanguage: 'JSONata',
    StartAt: 'All',
    States: {
      All: {
        Type: 'Map',
        Items: '{% $states.input %}',
        ItemProcessor: { StartAt: inMap.startAt, States: inMap.states },
        Next: 'Both',
      },
      Both: { Type: 'Parallel', Branches: [branch('Left'), branch('Right')], End: true },
    },
  }
  const { output, workRequests } = await runWorkflow(definition, ['a', 'b'], { work: given => ({ given }) })
  const all = [{ given: 'a' }, { given: 'b' }]
  expect(output).toEqual([{ given: all }, { given: all }])
  expect(workRequests).toHaveLength(4)
})
