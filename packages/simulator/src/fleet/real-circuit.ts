import { type CircuitEvent, type CircuitOptions, isCircuitOpenError, type Policy } from '@breakwater/circuit'
import { DynamoDbStore } from '@breakwater/dynamodb'
import type { Environment } from '../engine/environment.ts'
import type { Random } from '../engine/random.ts'
import { simulatedClient } from '../table/client.ts'
import type { SimulatedTable } from '../table/table.ts'
import type { CallOutcome } from './breaker.ts'

/** Options of a real circuit over the real store, in one environment. */
export function circuitOptions(
  environment: Environment,
  random: Random,
  table: SimulatedTable,
  policy: Policy,
  listener: (event: CircuitEvent) => void,
): CircuitOptions {
  const client = simulatedClient(table, environment)
  const { next } = random.fork(`revisions ${environment.id}`)
  return {
    ...policy,
    store: new DynamoDbStore({ tableName: 'circuits', client, clock: environment, random: next }),
    clock: environment,
    random: random.fork(`circuit ${environment.id}`).next,
    environment: environment.name,
    disabled: false,
    listener,
  } as CircuitOptions
}

/** How a call through a real circuit ended. */
export async function outcomeOf(called: Promise<void>): Promise<CallOutcome> {
  try {
    await called
    return 'success'
  } catch (error) {
    return isCircuitOpenError(error) ? 'rejected' : 'failure'
  }
}
