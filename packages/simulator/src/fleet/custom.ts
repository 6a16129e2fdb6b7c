import type { ResolvedPolicy } from '@breakwater/circuit'
import type { Environment } from '../engine/environment.ts'
import type { Random } from '../engine/random.ts'
import type { SimulatedTable, StoredItem } from '../table/table.ts'
import type { Breaker, BreakerFactory, BreakerTable } from './breaker.ts'

/** Bound on a request to the table, ms. */
const requestTimeoutMs = 1_000

/** A custom breaker in one environment, with the same limit on each call as Breakwater's. */
export function customBreaker(
  { create }: BreakerFactory,
  environment: Environment,
  random: Random,
  table: SimulatedTable,
  policy: ResolvedPolicy,
  timeoutMs: number,
): Breaker {
  const breaker = create({
    environment,
    // The label is part of every seed: another one would be another run.
    random: random.fork(`peer ${environment.id}`),
    table: breakerTable(table, environment),
    policy,
  })
  return {
    run: call => breaker.run(() => bounded(environment, call(), timeoutMs)),
    get state() {
      return breaker.state
    },
  }
}

/**
 * The custom breakers of a module.
 *
 * @throws TypeError if it exports no list named `breakers`.
 */
export async function loadBreakers(module: string | undefined): Promise<readonly BreakerFactory[]> {
  if (module === undefined) return []
  const { breakers } = (await import(module)) as { readonly breakers?: readonly BreakerFactory[] }
  if (Array.isArray(breakers)) return breakers
  throw new TypeError(`${module} exports no list named breakers`)
}

function breakerTable(table: SimulatedTable, environment: Environment): BreakerTable {
  return {
    get: (key, consistent) => {
      const apply = () => table.read(key, consistent)
      const request = table.request(environment, { kind: 'read', keys: [key], consistent, apply })
      return bounded(environment, request, requestTimeoutMs)
    },
    put: (key, item, condition) => {
      const apply = () => {
        const accepted = condition?.(table.read(key, true)) ?? true
        if (accepted) table.write(environment, key, item as StoredItem)
        return accepted
      }
      const request = table.request(environment, { kind: 'write', keys: [key], apply })
      return bounded(environment, request, requestTimeoutMs)
    },
  }
}

function bounded<T>(environment: Environment, work: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = environment.setTimeout(() => reject(new Error('timeout')), timeoutMs)
    work.then(resolve, reject).finally(() => environment.clearTimeout(timer))
  })
}
