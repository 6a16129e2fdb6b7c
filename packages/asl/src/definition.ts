import { DefinitionError } from './errors.ts'
import { Fields, mostSeconds } from './fields.ts'
import type { Machine, State, States } from './model.ts'
import type { Resource } from './resource.ts'
import { readState } from './state-fields.ts'
import type { MachineType } from './types.ts'

/** What a definition is checked for. */
export interface Scope {
  readonly type: MachineType
  readonly supports: (resource: Resource) => boolean
}

/** What the states of one level share, while they are read. */
export interface Level extends Scope {
  /** Language of a state that names none. */
  readonly language: unknown
  /** Names of all states so far; no two in a machine may be the same. */
  readonly names: Set<string>
  /** Variables of the levels around, which may only be read. */
  readonly outer: ReadonlySet<string>
  /** Variables of this level. */
  readonly assigned: Set<string>
  /** Read once the variables of this level are known. */
  readonly later: (() => void)[]
}

/**
 * Reads and checks a definition.
 *
 * @param definition an object, or JSON.
 * @throws DefinitionError naming state, field and what is allowed.
 */
export function readMachine(definition: unknown, scope: Scope): Machine {
  const fields = new Fields(parsed(definition), undefined)
  fields.only('Comment', 'QueryLanguage', 'StartAt', 'States', 'TimeoutSeconds', 'Version')
  if (fields.has('QueryLanguage')) fields.oneOf('QueryLanguage', 'JSONata', 'JSONPath')
  if (fields.has('Version')) fields.oneOf('Version', '1.0')
  const timeoutSeconds = fields.number('TimeoutSeconds', mostSeconds, 1, mostSeconds)
  const states = readStates(fields, {
    ...scope,
    language: fields.get('QueryLanguage') ?? 'JSONPath',
    names: new Set(),
    outer: new Set(),
  })
  return { ...states, timeoutSeconds: fields.has('TimeoutSeconds') ? timeoutSeconds : undefined }
}

function parsed(definition: unknown): unknown {
  if (typeof definition !== 'string') return definition
  try {
    return JSON.parse(definition)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new DefinitionError(
      undefined,
      'definition',
      `is no JSON (${message}); allowed is an object, or its JSON`,
    )
  }
}

/** Reads StartAt and States of a machine, a branch or a processor. */
export function readStates(fields: Fields, around: Omit<Level, 'assigned' | 'later'>): States {
  const level: Level = { ...around, assigned: new Set(), later: [] }
  const all = fields.object('States')
  const source = fields.get('States') as Readonly<Record<string, unknown>>
  const names = Object.keys(source)
  if (names.length === 0) throw fields.refuse('States', 'at least one state')
  for (const name of names) {
    if (name.length > 80 || name === '') throw all.refuse(name, 'a name of 1 to 80 characters')
    if (level.names.has(name)) throw all.refuse(name, 'a name that no other state of the machine has')
    level.names.add(name)
  }
  const startAt = fields.text('StartAt', listed(names))
  if (!names.includes(startAt)) throw fields.refuse('StartAt', listed(names))
  const states = new Map<string, State>()
  for (const name of names) states.set(name, readState(new Fields(source[name], name), names, level))
  for (const check of level.later) check()
  return { startAt, states }
}

/** Names of states, as errors tell what is allowed. */
export function listed(names: readonly string[]): string {
  const some = names.slice(0, 20).map(name => JSON.stringify(name))
  return `one of the states ${some.join(', ')}${names.length > 20 ? ', …' : ''}`
}
