import {
  Circuit,
  type CircuitOptions,
  type CircuitScope,
  type CircuitStore,
  Circuits,
  type CircuitsOptions,
} from '@breakwater/circuit'
import { anObject, checkValue, required } from '@breakwater/circuit/shared'
import { DynamoDbStore } from './dynamodb-store.ts'
import { mergeOptions } from './environment-options.ts'

/** One store for each table, so that all circuits on it read in one request. A second copy of this module has its own. */
const stores = new Map<string | undefined, DynamoDbStore>()

/** Problems that were reported on standard error. */
const reported = new Set<string>()

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
  if (problem === undefined) return make({ ...options, store })
  const made = make({ ...options, store: reporting(store, problem) })
  if (!reported.has(problem)) {
    reported.add(problem)
    console.error(`Breakwater: the options of the code hold, those of the environment do not: ${problem}`)
  }
  return made
}

function storeOf(tableName: string | undefined): DynamoDbStore {
  let store = stores.get(tableName)
  if (!store) {
    store = new DynamoDbStore({ tableName })
    stores.set(tableName, store)
  }
  return store
}

/** What a circuit asks of its store and its gate; internal to the circuit, but that. */
interface Gate {
  freshen?: ((now: number) => Promise<unknown> | undefined) | undefined
}
interface Joined {
  join(local: unknown, scope: CircuitScope): Gate
}

/** A store whose circuits emit the problem with their first call, when they have their listeners. */
function reporting(store: CircuitStore, message: string): CircuitStore {
  const join: Joined['join'] = (local, scope) => {
    const gate = (store as unknown as Joined).join(local, scope)
    const freshen = gate.freshen?.bind(gate)
    gate.freshen = now => {
      gate.freshen = freshen
      scope.emit({ type: 'misconfiguration', message })
      return freshen?.(now)
    }
    return gate
  }
  return { join } as unknown as CircuitStore
}
