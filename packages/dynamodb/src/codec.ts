import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import {
  type Audit,
  type CircuitRecord,
  type Control,
  type ControlMode,
  type Lease,
  type Report,
  StoreError,
} from '@breakwater/circuit'
import { noReport } from '@breakwater/circuit/shared'
import {
  type Attribute,
  attributeTypes,
  auditFields,
  controlFields,
  type Item,
  type Key,
  released,
  schemaVersion,
  stateFields,
  tableKeys,
  windowFields,
} from './schema.ts'

const modes: readonly string[] = ['FORCED_OPEN', 'FORCED_CLOSED', 'OBSERVE_ONLY'] satisfies ControlMode[]

/** Encodes the named fields. Other fields of an object never reach the table. */
export function encode(fields: readonly Attribute[], from: object): Item {
  const values = from as Record<string, unknown>
  return Object.fromEntries(
    fields.filter(name => values[name] !== undefined).map(name => [name, toAttribute(values[name])]),
  )
}

function toAttribute(value: unknown): AttributeValue {
  if (typeof value === 'string') return { S: value }
  if (typeof value === 'number') return { N: String(value) }
  if (typeof value === 'boolean') return { BOOL: value }
  return {
    L: (value as readonly Lease[]).map(({ id, expiresAt, ms }) => ({
      M: {
        id: toAttribute(id),
        expiresAt: toAttribute(expiresAt),
        ...(ms !== undefined && { ms: toAttribute(ms) }),
      },
    })),
  }
}

/** The content of a state item. */
export interface StoredRecord {
  readonly record: CircuitRecord | undefined
  readonly revision: number
}

/** Reads a state item; undefined where there is no item. */
export function decodeState(item: Item | undefined): StoredRecord {
  if (!item) return { record: undefined, revision: 0 }
  const { revision, state } = decode(item, ['revision', 'state'])
  if (!Number.isSafeInteger(revision) || revision < 1) throw malformed(item, 'revision')
  if (!Object.hasOwn(stateFields, state)) throw malformed(item, 'state')
  const record = decode(item, stateFields[state as CircuitRecord['state']])
  return { record: record as CircuitRecord, revision }
}

/** The content of a control item. */
export interface StoredControl {
  readonly control: Control | undefined
  readonly controlRevision: number
}

/** Reads a control item; `control` is undefined where nothing is in force. */
export function decodeControl(item: Item | undefined): StoredControl {
  if (!item) return { control: undefined, controlRevision: 0 }
  const control = decode(item, controlFields)
  // An item of before overrides had revisions is older than all that have one.
  const { revision } = item.revision ? decode(item, ['revision']) : { revision: 0 }
  if (control.mode === released) return { control: undefined, controlRevision: revision }
  if (!modes.includes(control.mode)) throw malformed(item, 'mode')
  return { control: control as Control, controlRevision: revision }
}

/** Reads a window item; zeros without reports. */
export function decodeReport(item: Item | undefined): Report {
  return item ? decode(item, windowFields) : noReport
}

/** Reads an audit item. */
export function decodeAudit(item: Item): Audit {
  const audit = decode(item, auditFields)
  if (audit.act !== released && !modes.includes(audit.act)) throw malformed(item, 'act')
  return audit as Audit
}

/** The TypeScript type of a value, by the type of its attribute. */
interface Values {
  S: string
  N: number
  BOOL: boolean
  L: readonly Lease[]
}
type Decoded<K extends Attribute> = { [name in K]: Values[(typeof attributeTypes)[name]] }

function decode<const K extends Attribute>(item: Item, fields: readonly K[]): Decoded<K> {
  if (fromAttribute('N', item.schema) !== schemaVersion) throw malformed(item, 'schema')
  const entries: [string, unknown][] = []
  for (const name of fields) {
    if (name === 'until' && !item[name]) continue
    const value = fromAttribute(attributeTypes[name], item[name])
    if (value === undefined) throw malformed(item, name)
    entries.push([name, value])
  }
  return Object.fromEntries(entries) as Decoded<K>
}

/** The value of an attribute; undefined if it is missing or of another type. */
function fromAttribute(type: keyof Values, attribute: AttributeValue | undefined): unknown {
  const value: unknown = attribute?.[type]
  if (type === 'N') {
    const number = typeof value === 'string' && value ? Number(value) : Number.NaN
    return Number.isFinite(number) ? number : undefined
  }
  if (type === 'L') {
    const leases = Array.isArray(value) ? value.map(toLease) : [undefined]
    return leases.includes(undefined) ? undefined : leases
  }
  return typeof value === (type === 'S' ? 'string' : 'boolean') ? value : undefined
}

function toLease(entry: AttributeValue | undefined): Lease | undefined {
  const id = fromAttribute('S', entry?.M?.id)
  const expiresAt = fromAttribute('N', entry?.M?.expiresAt)
  if (id === undefined || expiresAt === undefined) return undefined
  if (!entry?.M?.ms) return { id, expiresAt } as Lease
  const ms = fromAttribute('N', entry.M.ms)
  return ms === undefined ? undefined : ({ id, expiresAt, ms } as Lease)
}

/** The error for an item that is not of this layout. Names the item and the attribute, never the value. */
export function malformed(item: Item | Key, name: string): StoreError {
  const part = item[tableKeys.sort]?.S
  const why =
    name === 'schema' ? `schema version is not ${schemaVersion}` : `"${name}" is missing or of another type`
  return new StoreError(
    'unknown-schema',
    `Item "${part}" of "${item[tableKeys.partition]?.S}" is left untouched: ${why}`,
  )
}
