import type { Environment } from '../engine/environment.ts'
import type { PeerTable } from '../peers/peer.ts'
import type { SimulatedTable, StoredItem } from './table.ts'

/** The AWS SDK's own bound on a request, ms, with which the models go; Python's and JavaScript's default is longer. */
const requestTimeoutMs = 1_000

/** The table as the models of other breakers see it from one environment: whole items under one key. */
export function peerTable(table: SimulatedTable, environment: Environment): PeerTable {
  const bounded = <T>(request: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const timer = environment.setTimeout(() => reject(new Error('timeout')), requestTimeoutMs)
      request.then(resolve, reject).finally(() => environment.clearTimeout(timer))
    })
  return {
    get: (key, consistent) =>
      bounded(
        table.request(environment, {
          kind: 'read',
          keys: [key],
          consistent,
          apply: () => table.read(key, consistent),
        }),
      ),
    put: (key, item, condition) => {
      const apply = () => {
        const stored = table.read(key, true)
        const taken = condition?.(stored) ?? true
        if (taken) table.write(environment, key, item as StoredItem)
        return taken
      }
      return bounded(table.request(environment, { kind: 'write', keys: [key], apply }))
    },
  }
}
