import { StoreError } from '@breakwater/circuit'
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
