import { runStateMachine, TaskError } from '@breakwater/asl'
import { afterAll, expect, it } from 'vitest'
import { machineOf, task, typesOf } from '../../../packages/asl/src/asl.fixture.ts'
import { tier } from '../../tier.ts'
import { hasMoto, startMoto } from './state-machines.fixture.ts'

const moto = tier === 'long' && hasMoto() ? await startMoto() : undefined
if (tier === 'long' && !moto)
  console.info('Histories are not compared with moto_server: it is not on the PATH, or does not start')
afterAll(() => moto?.close())

const end = { Type: 'Pass', End: true }
const branch = (states: Record<string, object>) => ({ StartAt: Object.keys(states)[0]!, States: states })
const getItem = task({
  Resource: 'arn:aws:states:::dynamodb:getItem',
  Arguments: { TableName: 'none', Key: {} },
})
const tasks = {
  T: () => {
    throw new TaskError('DynamoDB.ResourceNotFoundException')
  },
}
const caught = (error: string) => ({ Catch: [{ ErrorEquals: [error], Next: 'C', Output: ['caught'] }] })
const never = { Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 0 }] }
const parallel = (branches: object[], more: object = {}) => ({
  Type: 'Parallel',
  Branches: branches,
  End: true,
  ...more,
})
const map = (Items: number[], processor: Record<string, object>, more: object = {}) => {
  return { Type: 'Map', Items, ItemProcessor: branch(processor), End: true, ...more }
}

// Without expressions: the server has nothing of its own to evaluate them with.
const cases: Record<string, Record<string, object>> = {
  'a chain with Output and Assign': {
    A: { Type: 'Pass', Output: { a: [1, null, 'x'] }, Assign: { v: 1 }, Next: 'B' },
    B: { Type: 'Pass', Next: 'D' },
    D: { Type: 'Succeed' },
  },
  'Fail with Error and Cause': { F: { Type: 'Fail', Error: 'Shop.Closed', Cause: 'at noon' } },
  'Fail without': { F: { Type: 'Fail' } },
  'a wait of nothing': { W: { Type: 'Wait', Seconds: 0, End: true } },
  'a task that fails': { T: getItem },
  'a task that fails, and is not tried again': { T: { ...getItem, ...never } },
  'a task that is caught by name': {
    T: { ...getItem, ...caught('DynamoDB.ResourceNotFoundException') },
    C: end,
  },
  'a task that is caught as failed': { T: { ...getItem, ...caught('States.TaskFailed') }, C: end },
  'a task that nothing catches': { T: { ...getItem, ...caught('States.Timeout') }, C: end },
  'one branch': { P: parallel([branch({ A: { ...end, Output: 1 } })], { Output: { o: 1 } }) },
  'a branch that fails': { P: parallel([branch({ F: { Type: 'Fail', Error: 'E' } })]) },
  'a branch that fails, caught': {
    P: parallel([branch({ F: { Type: 'Fail', Error: 'E', Cause: 'C' } })], caught('E')),
    C: end,
  },
  'a map, one after the other': { M: map([1, 2], { A: end }, { MaxConcurrency: 1 }) },
  'a map of nothing': { M: map([], { A: end }) },
  'an iteration that fails, caught': {
    M: map([1], { F: { Type: 'Fail', Error: 'E' } }, caught('E')),
    C: end,
  },
}

it.skipIf(!moto).each(Object.entries(cases))('%s: as moto_server has it', async (_, states) => {
  const definition = machineOf(states)
  const theirs = await moto!.run(definition, { n: 1 })
  const ours = await runStateMachine(definition, { input: { n: 1 }, tasks })
  expect(ours.status).toBe(theirs.status)
  expect(ours.output).toEqual(theirs.output === undefined ? undefined : JSON.parse(theirs.output))
  expect(ours.error).toBe(theirs.error)
  const chain = (events: readonly { type?: string | undefined; previousEventId?: number | undefined }[]) =>
    events.map(({ type, previousEventId = 0 }) => `${type} after ${previousEventId}`)
  expect(chain(ours.history)).toEqual(chain(theirs.events))
})

it.each(Object.entries(cases))('%s: ends, with every event after one that is there', async (_, states) => {
  const result = await runStateMachine(machineOf(states), { input: { n: 1 }, tasks })
  expect(result.status).toMatch(/^(SUCCEEDED|FAILED)$/)
  expect(typesOf(result).at(-1)).toMatch(/^Execution(Succeeded|Failed)$/)
  for (const { id, previousEventId } of result.history) expect(previousEventId).toBeLessThan(id)
})
