/**
 * The layout of the circuit table: every name, version and expression, without any call to AWS. The store and the
 * Step Functions fragments are both built from it, so that they cannot differ.
 *
 * @module
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { CircuitState } from '@breakwater/circuit'
import { checkValue, circuitName, required } from '@breakwater/circuit/shared'

/** An item, or part of an item, in DynamoDB's JSON. */
export type Item = Readonly<Record<string, AttributeValue>>

/** Version of the layout. Every item carries it; an item with another version is left untouched. */
export const schemaVersion = 2

/** The version as an attribute value, for items and conditions. */
export const schemaValue = { N: String(schemaVersion) } as const

/** Names of the table's two keys (both of type S) and of its TTL attribute (seconds since the epoch). */
export const tableKeys = { partition: 'circuit', sort: 'part', timeToLive: 'expiresAt' } as const

/**
 * What every partition key begins with, by what stands there: the state and counts of a circuit, its override and the
 * acts of operators, the records of the recycler. No name can pass for another kind, and policies are built from the
 * same prefixes.
 */
export const partitions = { circuit: 'circuit#', control: 'control#', recycler: 'recycler#' } as const

/** What a partition holds. */
export type PartitionKind = keyof typeof partitions

/** The sort keys, or their prefixes: `state` and `window#` in a circuit's partition, the others in its control's. */
export const parts = { state: 'state', control: 'control', window: 'window#', audit: 'audit#' } as const

/** Some API actions on the table, and the partitions that they are for. */
export interface TablePermission {
  readonly actions: readonly string[]
  readonly partitions: readonly PartitionKind[]
}

/**
 * Who needs what on the table, and no more: a function that guards calls, a workflow that reads circuits, an operator who
 * sets overrides, the recycler. README.md has the whole policies.
 *
 * @example
 * tablePermissions.read // [{ actions: ['dynamodb:BatchGetItem'], partitions: ['circuit', 'control'] }]
 */
export const tablePermissions = {
  guard: [
    { actions: ['dynamodb:BatchGetItem'], partitions: ['circuit', 'control'] },
    { actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'], partitions: ['circuit'] },
  ],
  read: [{ actions: ['dynamodb:BatchGetItem'], partitions: ['circuit', 'control'] }],
  operate: [
    { actions: ['dynamodb:BatchGetItem'], partitions: ['circuit', 'control'] },
    { actions: ['dynamodb:Query', 'dynamodb:UpdateItem'], partitions: ['control'] },
  ],
  recycle: [
    {
      actions: ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
      partitions: ['recycler'],
    },
  ],
} as const satisfies Record<string, readonly TablePermission[]>

/** Who a policy on the table is for. */
export type TableRole = keyof typeof tablePermissions

/**
 * The names that a name of a policy stands for: `*` is any text and `?` any character, as in the conditions of IAM.
 *
 * @example
 * namePattern('tenant:*').test('tenant:acme') // true
 */
export function namePattern(name: string): RegExp {
  const escaped = name.replace(/[\\^$.|+()[\]{}]/g, String.raw`\$&`)
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'su')
}

/** Types of the attributes that carry data. Times are epoch ms. */
export const attributeTypes = {
  schema: 'N',
  revision: 'N',
  state: 'S',
  generation: 'N',
  since: 'N',
  openings: 'N',
  environment: 'S',
  recovering: 'BOOL',
  suspectSince: 'N',
  suspectUntil: 'N',
  calmUntil: 'N',
  retryAt: 'N',
  successes: 'N',
  leases: 'L',
  calls: 'N',
  failures: 'N',
  slow: 'N',
  environments: 'N',
  failing: 'N',
  mode: 'S',
  act: 'S',
  by: 'S',
  reason: 'S',
  at: 'N',
  until: 'N',
} as const

/** Name of an attribute that carries data. */
export type Attribute = keyof typeof attributeTypes

const common = ['state', 'generation', 'since', 'openings', 'environment'] as const

/** The fields of a state item, by state; every state item also has a revision, a `writeId` and a TTL. */
export const stateFields = {
  CLOSED: [...common, 'recovering', 'suspectSince', 'suspectUntil', 'calmUntil'],
  OPEN: [...common, 'retryAt', 'reason'],
  HALF_OPEN: [...common, 'leases', 'successes', 'reason'],
} as const satisfies Record<CircuitState, readonly Attribute[]>

/** The counters of a window item. */
export const windowFields = ['calls', 'failures', 'slow', 'environments', 'failing'] as const
/** The fields of a control item. `until` may be absent. */
export const controlFields = ['mode', 'by', 'reason', 'at', 'until'] as const
/** The fields of an audit item. `until` may be absent. */
export const auditFields = ['act', 'by', 'reason', 'at', 'until'] as const

/** `mode` of a control item that is no longer in force, and `act` of its release. */
export const released = 'RELEASED'

/**
 * The attribute with the id of the write that made a state item. A writer that finds its own id after its condition
 * failed knows that an earlier attempt of the same write was made, although its answer was lost.
 */
export const writeId = 'writeId'

const hour = 3_600_000
const day = 24 * hour

/** How long items are kept after they were last needed, in ms. DynamoDB deletes them within days after that. */
export const retentionMs = { state: 30 * day, control: 30 * day, window: hour, audit: 365 * day } as const

/**
 * The TTL of an item that is needed until `ms` (epoch ms).
 *
 * @example
 * const item = { [tableKeys.timeToLive]: expiresAt('state', Date.now()) }
 */
export function expiresAt(part: keyof typeof retentionMs, ms: number): AttributeValue {
  return { N: String(Math.ceil((ms + retentionMs[part]) / 1000)) }
}

/** The primary key of one item. */
export type Key = { readonly [tableKeys.partition]: { S: string }; readonly [tableKeys.sort]: { S: string } }

const aName = required(circuitName)

/**
 * Makes the primary key of an item of a circuit.
 *
 * @throws TypeError for a name that no circuit may have: of two that differ in a lone surrogate, UTF-8 makes one.
 * @example
 * keyOf('circuit', 'payments', parts.state) // { circuit: { S: 'circuit#payments' }, part: { S: 'state' } }
 */
export function keyOf(kind: 'circuit' | 'control', circuit: string, part: string): Key {
  checkValue('keyOf', 'circuit', circuit, aName)
  return keyIn(partitions[kind] + circuit, part)
}

/**
 * Makes a primary key of a whole partition key, which may be an expression.
 *
 * @example
 * keyIn(`{% '${partitions.circuit}' & $states.input.tenant %}`, parts.state)
 */
export function keyIn(partition: string, part: string): Key {
  return { [tableKeys.partition]: { S: partition }, [tableKeys.sort]: { S: part } }
}

/**
 * Sort key of a count slice.
 *
 * @example
 * windowPart('3-359000') // 'window#3-359000'
 */
export function windowPart(slice: string): string {
  return parts.window + slice
}

/**
 * Sort key of an audit item: sorts by time, and is unique by the id.
 *
 * @example
 * auditPart(Date.now(), crypto.randomUUID())
 */
export function auditPart(at: number, id: string): string {
  return `${parts.audit}${String(Math.trunc(at)).padStart(15, '0')}#${id}`
}

/** Conditions of the writes. */
export const conditions = {
  /** The item does not exist. */
  unwritten: `attribute_not_exists(#${tableKeys.partition})`,
  /** No write since revision `:expected` was read. */
  unchanged: '#revision = :expected AND #schema = :schema',
  /** The item does not exist, or has this schema version. */
  known: `attribute_not_exists(#${tableKeys.partition}) OR #schema = :schema`,
} as const

/** The changes that one UpdateItem makes. */
export interface Change {
  readonly set: Item
  readonly add?: Item
  readonly remove?: readonly string[]
  readonly condition?: string
  /** Values that only the condition uses, without the colon. */
  readonly values?: Item
}

/** The request of an UpdateItem, without the table's name. */
export interface Update {
  readonly Key: Key
  readonly UpdateExpression: string
  readonly ExpressionAttributeNames: Record<string, string>
  readonly ExpressionAttributeValues: Record<string, AttributeValue>
  readonly ConditionExpression?: string
}

/**
 * Makes an UpdateItem request. Every attribute has a placeholder (`#state`, `:state`), because many of the names are
 * reserved words, and every item written gets the schema version.
 *
 * @example
 * updateOf(keyOf('circuit', 'payments', parts.state), { set: { state: { S: 'OPEN' } }, condition: conditions.unwritten })
 */
export function updateOf(key: Key, change: Change): Update {
  const { add = {}, remove = [], condition, values } = change
  const set = { schema: schemaValue, ...change.set }
  const clauses = [
    `SET ${Object.keys(set).map(name => `#${name} = :${name}`)}`,
    Object.keys(add).length > 0 && `ADD ${Object.keys(add).map(name => `#${name} :${name}`)}`,
    remove.length > 0 && `REMOVE ${remove.map(name => `#${name}`)}`,
  ]
  const UpdateExpression = clauses.filter(Boolean).join(' ')
  // DynamoDB refuses a placeholder that is declared and not used, so the names are collected from the text.
  const names = `${UpdateExpression} ${condition}`.matchAll(/#(\w+)/g)
  return {
    Key: key,
    UpdateExpression,
    ExpressionAttributeNames: Object.fromEntries(names),
    ExpressionAttributeValues: Object.fromEntries(
      Object.entries({ ...set, ...add, ...values }).map(([name, value]) => [`:${name}`, value]),
    ),
    ...(condition && { ConditionExpression: condition }),
  }
}

/**
 * The conditional write of a state item: sets the fields of `state`, removes those of the other states.
 * `revision` is the one the new record was computed from, 0 for none; `next` the one it gets.
 *
 * @example
 * const key = keyOf('circuit', 'payments', parts.state)
 * stateUpdate(key, 'OPEN', encode(stateFields.OPEN, record), revision, nextRevision(revision))
 */
export function stateUpdate(
  key: Key,
  state: CircuitState,
  fields: Item,
  revision: number,
  next: number,
): Update {
  const mine: readonly string[] = stateFields[state]
  const others = Object.values(stateFields).flat()
  return updateOf(key, {
    set: { ...fields, revision: { N: String(next) } },
    remove: [...new Set(others)].filter(name => !mine.includes(name)),
    condition: revision === 0 ? conditions.unwritten : conditions.unchanged,
    values: revision === 0 ? {} : { expected: { N: String(revision) } },
  })
}
