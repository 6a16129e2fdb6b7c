import type { CircuitRecord, Control } from '@breakwater/circuit'
import { DynamoDbStore } from '@breakwater/dynamodb'

/** One attribute, as DynamoDB or as Step Functions spells it. */
export type Attribute = Readonly<Record<string, unknown>>
/** An item as Step Functions gives it to an expression. */
export type Item = Readonly<Record<string, Attribute>>

interface UpdateInput {
  readonly Key: Item
  readonly UpdateExpression: string
  readonly ExpressionAttributeNames: Readonly<Record<string, string>>
  readonly ExpressionAttributeValues: Readonly<Record<string, Attribute>>
}

/** The new item that an update with SET makes. */
function itemOf({
  Key,
  UpdateExpression,
  ExpressionAttributeNames,
  ExpressionAttributeValues,
}: UpdateInput): Item {
  const [clause = ''] = UpdateExpression.slice('SET '.length).split(/ (?:ADD|REMOVE) /)
  const set = clause.split(',').map(assignment => {
    const [name = '', value = ''] = assignment.split(' = ')
    return [ExpressionAttributeNames[name]!, ExpressionAttributeValues[value]!] as const
  })
  return { ...Key, ...Object.fromEntries(set) }
}

/** The items that the real store writes for a record and an override, taken from its own requests. */
export async function storedItems(circuit: string, record?: CircuitRecord, control?: Control) {
  const items: Item[] = []
  const client = {
    send: async ({ input }: { input: UpdateInput }) => {
      items.push(itemOf(input))
      return { Attributes: itemOf(input) }
    },
  }
  const store = new DynamoDbStore({ tableName: 'circuits', client: client as never })
  if (record) await store.write(circuit, record, 0, 0)
  if (control) {
    const { mode: act, ...audit } = control
    await store.control(circuit, control, { ...audit, act })
  }
  return items.filter(({ part }) => !String(part?.S).startsWith('audit#'))
}

/** The same item in the casing of Step Functions' SDK integrations (aws-sdk-js issue 4294). */
export function inStepFunctionsCasing(item: Item): Item {
  const recase = (attribute: Attribute): Attribute =>
    'BOOL' in attribute ? { Bool: attribute.BOOL } : attribute
  return Object.fromEntries(Object.entries(item).map(([name, attribute]) => [name, recase(attribute)]))
}

/** The result of a batchGetItem. */
export function batchGetItemResult(items: readonly Item[]) {
  return { Responses: { circuits: items }, UnprocessedKeys: {} }
}
