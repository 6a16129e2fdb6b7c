import { invalid } from '@breakwater/circuit/shared'
import { type Identity, identities, type Subject } from '../identities.ts'
import { isKnownType, unknownType } from '../resource-types.ts'
import { physicalName } from '../services/physical-name.ts'
import type { Place } from '../types.ts'
import { conditionsOf } from './conditions.ts'
import { noValue, resolveValue, type Scope, textOf } from './intrinsics.ts'
import { parameterValue } from './parameters.ts'
import { objectOf, type TemplateText } from './template.ts'

/** A resource's names, which come before its properties: others refer to them. */
export interface Names {
  readonly identity: Identity
  readonly subject: Subject
}

/** Told of every resource that is referred to, by stack and logical id. */
export type Touch = (stack: string, id: string) => void

/** What names mean in one stack. */
export interface StackScope {
  /** To whoever wants to know what was referred to. */
  scopeOf(touch: Touch): Scope
  /** Of a resource; `where` is the place that refers to it. */
  namesOf(id: string, where: string): Names
  /** Whether a part is there that depends on a condition, if it depends on one. */
  isThere(condition: string | undefined, where: string): boolean
}

/** Makes the scope of a stack; `given` are values of parameters, `imported` finds the exports of other stacks. */
export function stackScope(
  stack: string,
  template: TemplateText,
  place: Place,
  given: Readonly<Record<string, string>>,
  imported: (name: string, where: string, touch: Touch) => unknown,
): StackScope {
  const { mappings } = template
  const pseudo: Readonly<Record<string, unknown>> = {
    'AWS::AccountId': place.account,
    'AWS::NoValue': noValue,
    'AWS::Partition': 'aws',
    'AWS::Region': place.region,
    'AWS::StackId': `arn:aws:cloudformation:${place.region}:${place.account}:stack/${stack}/local`,
    'AWS::StackName': stack,
    'AWS::URLSuffix': 'amazonaws.com',
  }
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(template.parameters, name)) {
      throw invalid(
        `parameters.${stack}`,
        name,
        `a parameter of the template: ${Object.keys(template.parameters)}`,
      )
    }
  }

  const condition = conditionsOf(
    stack,
    template.conditions,
    scopeOf(() => {}, false),
  )
  const known = new Map<string, Names>()
  const naming: string[] = []

  function mapping(map: string, first: string, second: string, where: string): unknown {
    const table = Object.hasOwn(mappings, map) ? objectOf(`${stack}.Mappings.${map}`, mappings[map]) : {}
    const row = Object.hasOwn(table, first) ? objectOf(`${stack}.Mappings.${map}.${first}`, table[first]) : {}
    if (!Object.hasOwn(row, second)) throw invalid(where, `${map}.${first}.${second}`, 'what Mappings hold')
    return row[second]
  }

  function scopeOf(touch: Touch, withResources = true): Scope {
    const resource = (id: string, where: string) => {
      if (!withResources) throw invalid(where, id, 'a parameter: conditions know no resources')
      touch(stack, id)
      return namesOf(id, where)
    }
    return {
      ref(name, where) {
        if (Object.hasOwn(pseudo, name)) return pseudo[name]
        if (Object.hasOwn(template.parameters, name)) {
          return parameterValue(`${stack}.Parameters.${name}`, template.parameters[name], given[name])
        }
        const { identity, subject } = resource(name, where)
        return (identity.ref ?? (() => subject.name))(subject)
      },
      attribute(id, attribute, where) {
        const { identity, subject } = resource(id, where)
        const { arn, attributes = {} } = identity
        if (attribute === 'Arn' && arn) return arn(subject)
        if (Object.hasOwn(attributes, attribute)) return attributes[attribute]!(subject)
        const all = [...(arn ? ['Arn'] : []), ...Object.keys(attributes)].join(', ')
        throw invalid(
          where,
          `${id}.${attribute}`,
          `an attribute that is supported locally: ${all || 'there is none'}`,
        )
      },
      condition: (name, where) => condition(name, where),
      mapping,
      importValue: (name, where) => imported(name, where, touch),
    }
  }

  function namesOf(id: string, where: string): Names {
    const there = known.get(id)
    if (there) return there
    if (!Object.hasOwn(template.resources, id))
      throw invalid(where, id, 'a parameter or a resource of the template')
    const { type, properties, condition: only } = template.resources[id]!
    const here = `${stack}.Resources.${id}`
    if (!isKnownType(type)) throw unknownType(here, type)
    if (only !== undefined && !condition(only, here)) {
      throw invalid(where, id, `a resource that is there: it is only if ${only}`)
    }
    if (naming.includes(id)) throw invalid(here, [...naming, id].join(' → '), 'no circle of names')
    naming.push(id)
    const identity = identities[type]!
    const property = (name: string) => {
      if (!Object.hasOwn(properties, name)) return undefined
      const at = `${here}.Properties.${name}`
      const value = resolveValue(
        properties[name],
        at,
        scopeOf(() => {}),
      )
      return value === noValue ? undefined : textOf(at, value)
    }
    const unnamed = { ...place, stack, id, property }
    const { nameProperty, maxLength = 255, madeUp = () => physicalName(stack, id, maxLength) } = identity
    const explicit = nameProperty === undefined ? undefined : property(nameProperty)
    const names = { identity, subject: { ...unnamed, name: explicit ?? madeUp(unnamed) } }
    naming.pop()
    known.set(id, names)
    return names
  }

  function isThere(only: string | undefined, where: string): boolean {
    return only === undefined || condition(only, `${where}.Condition`)
  }

  return { scopeOf, namesOf, isThere }
}
