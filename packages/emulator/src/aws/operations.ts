import type { PermissionCheck } from '../access/service-call.ts'
import type { Input } from './json-service.ts'

/** An operation that answers at once, or throws the ServiceError that the client gets. */
export type SyncOperation = (input: Input) => unknown

/** Operations whose calls are counted. */
export interface CountedOperations {
  readonly operations: Readonly<Record<string, SyncOperation>>
  /** Number of calls by action, failed ones included. */
  counts(): Readonly<Record<string, number>>
  /** What IAM would be asked about a call: its action, the resources with their tags, and condition keys. */
  checksOf(action: string, input: Input): readonly PermissionCheck[]
}

/**
 * Counts the calls of operations.
 *
 * @param before runs before each, and may refuse it
 */
export function countOperations(
  operations: Readonly<Record<string, SyncOperation>>,
  before: (action: string) => void,
): Omit<CountedOperations, 'checksOf'> {
  const counts: Record<string, number> = {}
  const wrap = (action: string, operation: SyncOperation) => (input: Input) => {
    counts[action] = (counts[action] ?? 0) + 1
    before(action)
    return operation(input)
  }
  return {
    operations: Object.fromEntries(
      Object.entries(operations).map(([action, operation]) => [action, wrap(action, operation)]),
    ),
    counts: () => ({ ...counts }),
  }
}
