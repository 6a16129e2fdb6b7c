/** What became of one call: it was answered well, failed or timed out, or never touched the dependency. */
export type Answer = 'success' | 'failure' | 'rejected'

/**
 * What guards the calls of one environment in a run.
 *
 * @example
 * const guard: Guard = new CockatielGuard(environment, random, table, resolvePolicy({}))
 * const answer = await guard.run(() => reachTheDependency())
 */
export interface Guard {
  /**
   * Runs one call through the breaker; `call` resolves when the dependency answered well and rejects when it
   * failed or timed out. Never rejects itself.
   */
  run(call: () => Promise<void>): Promise<Answer>
  /**
   * What this environment believes, for the heat map: c closed, o open, h half open; r closed and letting
   * traffic grow back, s shedding by its own gate only, u closed and without an answer from the table.
   */
  readonly belief: 'c' | 'o' | 'h' | 'r' | 's' | 'u'
}

/** The table as a model needs it: one item per key. May reject: throttled, unreachable. */
export interface PeerTable {
  get(key: string, consistent: boolean): Promise<Record<string, unknown> | undefined>
  /** Replaces the whole item; false when the condition refused. */
  put(
    key: string,
    item: Record<string, unknown>,
    condition?: (stored: Record<string, unknown> | undefined) => boolean,
  ): Promise<boolean>
}

/** The one key under which every model keeps its circuit. */
export const peerKey = 'circuit'

/** State of a shared circuit. Every model keeps it in the attribute `state` of its item, in these words. */
export type PeerState = 'CLOSED' | 'OPEN' | 'HALF_OPEN'

/** The letter of a state on the heat map. */
export function letterOf(state: PeerState): Guard['belief'] {
  return state === 'CLOSED' ? 'c' : state === 'OPEN' ? 'o' : 'h'
}
