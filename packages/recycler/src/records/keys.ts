import type { Key } from './types.ts'

/** How long records stay after they last mattered, in ms: a year. Moves and the kill switch stay for ever. */
export const retentionMs = 365 * 86_400_000

/** Where a recycler's records stand. */
export const keys = {
  moves: 'recycler:moves',
  control: { partition: 'recycler:control', sort: 'control' },
  /** An ARN holds no `#`, so that no two moves have the same key. */
  move: (source: string, label: string): Key => ({ partition: keys.moves, sort: `${source}#${label}` }),
  /** A partition each, since a plan reads a thousand at once. */
  service: (arn: string): Key => ({ partition: `recycler:service:${arn}`, sort: 'service' }),
  run: (change: string): Key => ({ partition: 'recycler:run', sort: change }),
  audits: (source: string) => `recycler:audit:${source}`,
  /** In the order of time, and never the same for two. */
  audit: (source: string, at: number, id: string): Key => ({
    partition: keys.audits(source),
    sort: `${String(Math.max(0, Math.trunc(at))).padStart(15, '0')}#${id}`,
  }),
} as const
