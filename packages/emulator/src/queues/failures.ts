import type { SqsEvent } from './sqs-event.ts'

/**
 * The ids of the messages that a function's answer reports as failed; undefined if the answer is not understood, which
 * Lambda takes for a failure of the whole batch.
 */
export function failuresOf(answer: unknown, { Records }: SqsEvent): ReadonlySet<string> | undefined {
  if (answer === undefined || answer === null) return new Set()
  if (typeof answer !== 'object' || Array.isArray(answer)) return undefined
  const { batchItemFailures = [] } = answer as { batchItemFailures?: unknown }
  if (batchItemFailures === null) return new Set()
  if (!Array.isArray(batchItemFailures)) return undefined
  const ids = batchItemFailures.map(item => (item as { itemIdentifier?: unknown } | null)?.itemIdentifier)
  const known = new Set<unknown>(Records.map(({ messageId }) => messageId))
  return ids.every(id => known.has(id)) ? new Set(ids as string[]) : undefined
}
