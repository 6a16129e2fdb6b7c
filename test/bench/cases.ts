/** The libraries that are compared, ours first. */
export const libraries = ['breakwater', 'cockatiel', 'opossum'] as const
export type Library = (typeof libraries)[number]

/** A line of the tables: a call, guarded in one way. */
export interface Row {
  readonly id: string
  /** The case that one process measures: this row, or a few of them. */
  readonly name: string
  readonly title: string
  readonly of: readonly Library[]
}

const all = libraries
const ours = ['breakwater'] as const
const withCockatiel = ['breakwater', 'cockatiel'] as const

const row = (id: string, title: string, of: readonly Library[], name = id): Row => ({ id, name, title, of })

/** In the order of the tables. */
export const rows: readonly Row[] = [
  row('closed', 'closed, counting a rate', all),
  row('closed-consecutive', 'closed, counting failures in a row', withCockatiel),
  row('closed-shared', 'closed, state shared by a store in memory', ours),
  row('closed-listener', 'closed, with a listener', all),
  row('timer', 'a timer alone, set and cleared around the bare call', ours),
  row('closed-timeout', 'closed, with a time limit', all),
  row('deployed', 'as deployed: DynamoDB store, logs, metrics', all),
  row('deployed-timeout', 'as deployed, with a time limit', all),
  row('retry', 'retry + breaker + time limit', withCockatiel),
  row('retry-fallback', 'retry + breaker + time limit + fallback', withCockatiel),
  row('open-fallback', 'open, with a fallback', all),
  row('open-throws', 'open, throws', all),
  ...[0, 10_000, 100_000].map(samples =>
    row(
      `failing-${samples}`,
      `failing call, ${samples.toLocaleString('en')} samples in the window`,
      all,
      'failing',
    ),
  ),
  row('middleware', 'middy handler, beside the bare handler', ours),
  row('chain', 'middy chain as deployed, beside it without a breaker', all),
  row('fetch', 'fetch on loopback, beside the bare fetch', ours),
]

/** The names that --only takes: the cases of calls, and all other measurements. */
export const caseNames: readonly string[] = [...new Set(rows.map(({ name }) => name))]
export const otherNames = ['sizes', 'imports', 'cold-start', 'store', 'keys'] as const
export type OtherName = (typeof otherNames)[number]

/** Name of the bundle that a claim is made of. */
export const allTogether = 'circuit + dynamodb + middy'
