import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Item } from '@breakwater/dynamodb/schema'

interface Expressions {
  readonly Key?: Readonly<Record<string, AttributeValue>> | undefined
  readonly ConditionExpression?: string | undefined
  readonly UpdateExpression?: string | undefined
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined
  readonly ExpressionAttributeValues?: Readonly<Record<string, AttributeValue>> | undefined
}

/**
 * Whether an item meets a request's condition: `attribute_not_exists(#a)` and `#a = :b`, joined by AND or OR.
 *
 * @throws SyntaxError for anything else, quoting it.
 * @example
 * conditionHolds({ ConditionExpression: 'attribute_not_exists(#k)', ExpressionAttributeNames: { '#k': 'circuit' } }, undefined)
 */
export function conditionHolds(request: Expressions, item: Item | undefined): boolean {
  const { ConditionExpression: condition } = request
  if (condition === undefined) return true
  const term = (text: string): boolean => {
    const [, absent, name, value] = /^(?:attribute_not_exists\((#\w+)\)|(#\w+) = (:\w+))$/.exec(text) ?? []
    if (absent) return item?.[placeholderName(request, absent)] === undefined
    if (!name || !value) throw new SyntaxError(`condition not simulated: ${text}`)
    const stored = item?.[placeholderName(request, name)]
    const expected = placeholderValue(request, value)
    const [type] = Object.keys(expected) as [keyof AttributeValue]
    return stored?.[type] !== undefined && stored[type] === expected[type]
  }
  return condition.split(' OR ').some(part => part.split(' AND ').every(term))
}

/**
 * The item after an update: `SET #a = :b,...`, `ADD #n :n,...` of numbers, `REMOVE #x,...`.
 *
 * @throws SyntaxError for anything else, quoting it.
 * @example
 * applyUpdate({ Key: key, UpdateExpression: 'ADD #n :n', ...placeholders }, undefined)
 */
export function applyUpdate(request: Expressions, item: Item | undefined): Item {
  const { UpdateExpression: update = '' } = request
  const next: Record<string, AttributeValue> = { ...request.Key, ...item }
  for (const clause of update.split(/ (?=[A-Z]+ )/)) {
    const [, verb, list = ''] = /^(SET|ADD|REMOVE) (.*)$/.exec(clause) ?? []
    if (!verb) throw new SyntaxError(`update not simulated: ${clause}`)
    for (const entry of list.split(',')) {
      const [, name, value] = /^(#\w+)(?: = | )?(:\w+)?$/.exec(entry.trim()) ?? []
      if (!name || (verb !== 'REMOVE') !== (value !== undefined))
        throw new SyntaxError(`update not simulated: ${verb} ${entry}`)
      const attribute = placeholderName(request, name)
      if (verb === 'REMOVE') delete next[attribute]
      else if (verb === 'SET') next[attribute] = placeholderValue(request, value!)
      else
        next[attribute] = {
          N: String(Number(next[attribute]?.N ?? 0) + Number(placeholderValue(request, value!).N)),
        }
    }
  }
  return next as Item
}

function placeholderName({ ExpressionAttributeNames: names }: Expressions, placeholder: string): string {
  const name = names?.[placeholder]
  if (name === undefined) throw new SyntaxError(`no name for ${placeholder}`)
  return name
}

function placeholderValue(
  { ExpressionAttributeValues: values }: Expressions,
  placeholder: string,
): AttributeValue {
  const value = values?.[placeholder]
  if (value === undefined) throw new SyntaxError(`no value for ${placeholder}`)
  return value
}
