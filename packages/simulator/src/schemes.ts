import type { ResolvedPolicy } from '@breakwater/circuit'
import type { Environment } from './engine/environment.ts'
import type { Random } from './engine/random.ts'
import { CockatielGuard } from './peers/cockatiel.ts'
import type { Guard } from './peers/peer.ts'
import { ShareOpenGuard } from './peers/share-open.ts'
import { WriteEveryCallGuard } from './peers/write-every-call.ts'
import { peerTable } from './table/peer-table.ts'
import type { SimulatedTable } from './table/table.ts'

const peers = {
  cockatiel: CockatielGuard,
  'share-open': ShareOpenGuard,
  'write-every-call': WriteEveryCallGuard,
} as const

/** Breakers to compare with. */
export type PeerName = keyof typeof peers

/** Their names. */
export const peerNames = Object.keys(peers) as readonly PeerName[]

/** Ours, and those to compare it with. */
export type SchemeName = 'breakwater' | PeerName

/** Their names. */
export const schemeNames: readonly SchemeName[] = ['breakwater', ...peerNames]

/** Another breaker in one environment, with the same limit on each call. */
export function makePeer(
  name: PeerName,
  environment: Environment,
  random: Random,
  table: SimulatedTable,
  policy: ResolvedPolicy,
  timeoutMs: number,
): Guard {
  const own = random.fork(`peer ${environment.id}`)
  const guard = new peers[name](environment, own, peerTable(table, environment), policy)
  const bounded = (call: () => Promise<void>) => () =>
    new Promise<void>((resolve, reject) => {
      const timer = environment.setTimeout(() => reject(new Error('timeout')), timeoutMs)
      call()
        .then(resolve, reject)
        .finally(() => environment.clearTimeout(timer))
    })
  return {
    run: call => guard.run(bounded(call)),
    get belief() {
      return guard.belief
    },
  }
}
