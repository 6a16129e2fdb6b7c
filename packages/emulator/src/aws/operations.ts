import type { Input } from './json-service.ts'

/** Answers one operation at once, or throws the ServiceError that the client is told of. */
export type LocalOperation = (input: Input) => unknown

/** Operations whose calls are counted. */
export interface Counted {
  readonly operations: Readonly<Record<string, LocalOperation>>
  /** Calls by action, those that failed included. */
  counts(): Readonly<Record<string, number>>
}

/**
 * Counts the calls of operations.
 *
 * @param before runs before each, and may refuse it
 */
export function counted(
  operations: Readonly<Record<string, LocalOperation>>,
  before: (action: string) => void,
): Counted {
  const counts: Record<string, number> = {}
  const wrap = (action: string, operation: LocalOperation) => (input: Input) => {
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
