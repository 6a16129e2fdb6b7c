import { Circuit, type CircuitOptions, Circuits, type CircuitsOptions } from '@breakwater/circuit'
import { anObject, checkValue, misconfiguration, required } from '@breakwater/circuit/shared'
import { DynamoDbStore } from './dynamodb-store.ts'
import { mergeOptions } from './environment-options.ts'

/** One store for each table, so that all circuits on it read in one request. A second copy of this module has its own. */
const stores = new Map<string | undefined, DynamoDbStore>()

/**
 * Makes a circuit from the environment variables that `CircuitBreakers` of `@breakwater/constructs` sets: it is shared
 * through the table `CIRCUIT_TABLE`, and has the options of `CIRCUIT_OPTIONS`, which is JSON: `{"openMs":2000}` for all
 * circuits, or `{"default":{},"circuits":{"payments":{"openMs":2000}}}`. They go before those given here, which are the
 * defaults of the code. Its off switch is `{"disabled":true}`, or BREAKWATER_DISABLED=true.
 *
 * A variable that is missing or wrong keeps no function from starting. Without a table, calls go on under the gate of
 * their own environment. Options that cannot be used are left out, all but the off switch; those given here hold. Either is
 * reported once on standard error, and by an event: `store-failure`, `misconfiguration`.
 *
 * @param name name of the circuit, 1 to 256 characters.
 * @param options defaults, and what JSON cannot hold. A `store` goes before the table.
 * @throws TypeError for a bad name or option in the code, naming it, its value and what is allowed.
 * @example
 * const payments = circuitFromEnvironment('payments', { timeoutMs: 3_000 })
 */
export function circuitFromEnvironment(name: string, options: CircuitOptions = {}): Circuit {
  return fromEnvironment('circuitFromEnvironment', options, name, merged => new Circuit(name, merged))
}

/**
 * The same for circuits by key, of tenants or hosts. `CIRCUIT_OPTIONS` may hold no options by the name of a circuit then,
 * but for `default`.
 *
 * @param options defaults, and what JSON cannot hold: `prefix`, `maxCircuits`.
 * @throws TypeError for a bad option in the code, naming it, its value and what is allowed.
 * @example
 * const tenants = circuitsFromEnvironment({ prefix: 'tenant' })
 */
export function circuitsFromEnvironment(options: CircuitsOptions = {}): Circuits {
  return fromEnvironment('circuitsFromEnvironment', options, undefined, merged => new Circuits(merged))
}

function fromEnvironment<O extends CircuitOptions, C>(
  owner: string,
  own: O,
  circuit: string | undefined,
  make: (options: O) => C,
): C {
  checkValue(owner, 'options', own, required(anObject))
  const { options, problem } = mergeOptions(own, process.env, circuit)
  const store = own.store ?? storeOf(process.env.CIRCUIT_TABLE)
  const note = problem !== undefined && { [misconfiguration]: `${problem}; the options of the code hold` }
  return make({ ...options, store, ...note })
}

function storeOf(tableName: string | undefined): DynamoDbStore {
  let store = stores.get(tableName)
  if (!store) {
    store = new DynamoDbStore({ tableName })
    stores.set(tableName, store)
  }
  return store
}
