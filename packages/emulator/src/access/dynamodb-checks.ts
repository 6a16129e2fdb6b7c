import type { Input } from '../aws/json-service.ts'
import { checkOf, type PermissionCheck } from './service-call.ts'

/** A table as far as its permissions need it. */
export interface KeyedTable {
  readonly arn: string
  /** Attribute that is the partition key; of an index where one is named. */
  partitionKey(index?: string): string | undefined
}

/** Finds a table by its name or ARN; one that is not there has an ARN all the same. */
export type FindTable = (nameOrArn: string) => KeyedTable

type Item = Readonly<Record<string, unknown>>

/**
 * What IAM is asked about a request to DynamoDB: the table or index, and the partition keys that it reaches
 * (`dynamodb:LeadingKeys`).
 */
export function dynamoDbChecks(find: FindTable, action: string, input: Input): readonly PermissionCheck[] {
  const check = (table: KeyedTable, items: readonly unknown[]) => {
    const key = table.partitionKey()
    const values = key === undefined ? [] : items.map(item => textOf(Object(item)[key]))
    return checkOf(`dynamodb:${action}`, table.arn, { 'dynamodb:LeadingKeys': distinct(values) })
  }
  const { TableName, RequestItems } = input
  if (RequestItems !== undefined) {
    return Object.entries(Object(RequestItems) as Item).map(([name, requests]) =>
      check(find(name), itemsOf(requests)),
    )
  }
  if (typeof TableName !== 'string') return [checkOf(`dynamodb:${action}`, '*')]
  const table = find(TableName)
  if (action === 'Query' || action === 'Scan') {
    const index = typeof input.IndexName === 'string' ? input.IndexName : undefined
    const key = action === 'Query' ? table.partitionKey(index) : undefined
    const values = key === undefined ? [] : [textOf(queriedValue(input, key))]
    const arn = index === undefined ? table.arn : `${table.arn}/index/${index}`
    return [checkOf(`dynamodb:${action}`, arn, { 'dynamodb:LeadingKeys': distinct(values) })]
  }
  const item = input.Key ?? input.Item
  return [check(table, item === undefined ? [] : [item])]
}

/** Keys of BatchGetItem, keys and items of BatchWriteItem. */
function itemsOf(requests: unknown): readonly unknown[] {
  if (!Array.isArray(requests)) return (Object(requests) as { Keys?: unknown[] }).Keys ?? []
  return requests.map(({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key)
}

/** The value that a query asks of the partition key. */
function queriedValue(input: Input, key: string): unknown {
  const { KeyConditions, KeyConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues } = input
  const given = Object(Object(KeyConditions)[key]).AttributeValueList
  if (Array.isArray(given)) return given[0]
  const names = Object(ExpressionAttributeNames) as Item
  // An expression has at most 4 KB; names are tried from their first letter only, which keeps it linear.
  const expression = String(KeyConditionExpression).slice(0, 4_096)
  const equals = expression.matchAll(/(?<![#\w.-])([#\w.-]+)\s*=\s*(:\w+)/g)
  for (const [, name = '', value = ''] of equals) {
    if ((name.startsWith('#') ? names[name] : name) === key) return Object(ExpressionAttributeValues)[value]
  }
  return undefined
}

/** The value of `{ S: 'a' }`; binary values are base64, as in the request. */
function textOf(value: unknown): string | undefined {
  const [text] = Object.values(Object(value) as Item)
  return typeof text === 'string' ? text : undefined
}

function distinct(values: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(values.filter(value => value !== undefined))]
}
