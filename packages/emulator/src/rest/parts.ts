import { invalid } from '@breakwater/circuit/shared'
import { type Kind, type PropertiesOf, readers } from './resources.ts'
import type { RestApiParts } from './types.ts'

const prefix = 'AWS::ApiGateway::'

/** A part that has been read. */
export interface Part<K extends Kind> {
  /** Its logical id; errors name it. */
  readonly id: string
  /** What other parts may call it. */
  readonly names: readonly string[]
  readonly properties: PropertiesOf<K>
}

/** All parts of an API, read and checked one by one. */
export interface Parts {
  /** What was left out on purpose. */
  readonly ignored: readonly string[]
  all<K extends Kind>(kind: K): readonly Part<K>[]
  /** The part of that kind that `name` refers to; the error says `where`, and what it may be besides, `or`. */
  find<K extends Kind>(kind: K, name: string, where: string, or?: string): Part<K>
}

/** Reads all parts, and refuses whatever would not work here. */
export function readParts(parts: RestApiParts): Parts {
  const ignored: string[] = []
  const read = new Map<Kind, Part<Kind>[]>(Object.keys(readers).map(kind => [kind as Kind, []]))
  for (const [id, { Type, Properties = {}, PhysicalId = id }] of Object.entries(parts)) {
    const kind = (
      typeof Type === 'string' && Type.startsWith(prefix) ? Type.slice(prefix.length) : ''
    ) as Kind
    const known = read.get(kind)
    if (!known) throw invalid(`${id}.Type`, Type, `${prefix} and one of ${Object.keys(readers).join(', ')}`)
    known.push({ id, names: [id, PhysicalId], properties: readers[kind](Properties, id, ignored) })
  }

  const all = <K extends Kind>(kind: K) => read.get(kind) as unknown as Part<K>[]
  return {
    ignored,
    all,
    find(kind, name, where, or = '') {
      const found = all(kind).find(part => part.names.includes(name))
      if (found) return found
      const ids = all(kind).map(part => part.id)
      throw invalid(where, name, `a ${kind} among the parts: ${ids.join(', ') || 'there is none'}${or}`)
    },
  }
}
