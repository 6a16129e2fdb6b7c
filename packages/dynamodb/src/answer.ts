import { isStoreError, StoreError } from '@breakwater/circuit'
import { escapeControls } from '@breakwater/circuit/shared'
import { type Item, type Key, tableKeys } from './schema.ts'

/** The error for an answer that has not what was asked for: another service, a proxy or a client's stand-in made it. */
export function lacking(operation: string, tableName: string, what: string): StoreError {
  return new StoreError(
    'unavailable',
    `${operation} on table "${tableName}" failed: its answer lacks ${what}, or has it in another form`,
  )
}

/**
 * Checks that an answer has the part that its request asked for. DynamoDB leaves out only the `Item` that is not there.
 *
 * @throws StoreError
 */
export function checkAnswer(operation: string, tableName: string, input: object, answer: unknown): void {
  const { ReturnValues = '' } = input as { ReturnValues?: string }
  const asked = { BatchGetItem: 'Responses', Query: 'Items' }[operation]
  const part = asked ?? (ReturnValues.endsWith('NEW') ? 'Attributes' : undefined)
  if (!isObject(answer)) throw lacking(operation, tableName, part ?? 'all')
  const value = part && answer[part]
  if (part && !(part === 'Items' ? Array.isArray(value) : isObject(value)))
    throw lacking(operation, tableName, part)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** The key of an item as text; that of no item where there is none. */
export function idOf(item: Item | Key | undefined): string {
  return JSON.stringify([item?.[tableKeys.partition]?.S, item?.[tableKeys.sort]?.S])
}

/**
 * Reads one row of a list. A row that cannot be read is reported and left out, since one of another layout, or by another
 * hand, must not keep all others from being read.
 *
 * @param unreadable is called with the reason. @default writes it to standard error
 * @returns a list of the one value, or of none.
 * @example
 * const acts = items.flatMap(item => readable(() => decode(item), error => logger.warn(error.message)))
 */
export function readable<T>(
  read: () => T,
  unreadable: ((error: StoreError) => void) | undefined = warnOfUnreadable,
): readonly T[] {
  try {
    return [read()]
  } catch (error) {
    if (!isStoreError(error)) throw error
    unreadable(error)
    return []
  }
}

function warnOfUnreadable(error: StoreError): void {
  console.error(escapeControls(`Breakwater: ${error.message}`))
}
