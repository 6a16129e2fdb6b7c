import { createHash } from 'node:crypto'
import type { Move } from '../model.ts'

/** Leaves room for a hash of 12 characters, a sequence of 16, and hyphens: 64 in all. */
const longestName = 32

/**
 * Names a change: readable, the same for the same change, and different for any other. Of letters, digits, `_` and `-`,
 * at most 64, so that the name of an execution can begin with it.
 *
 * @param move the label's move; its sequence tells it from the other moves of the label.
 * @example
 * changeIdOf({ source: 'arn:aws:secretsmanager:…:secret:prod/db-a1b2c3', label: 'AWSCURRENT', sequence: 3, name: 'prod/db' })
 * // prod-db-0f0a94b4cb71-3
 */
export function changeIdOf({
  source,
  label,
  sequence,
  name,
}: Pick<Move, 'source' | 'label' | 'sequence' | 'name'>): string {
  const readable = name
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .slice(0, longestName)
    .replace(/^-+|-+$/g, '')
  const hash = createHash('sha256').update(`${source}#${label}`).digest('hex').slice(0, 12)
  return `${readable && `${readable}-`}${hash}-${sequence}`
}
