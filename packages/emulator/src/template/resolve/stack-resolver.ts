import { invalid } from '@breakwater/circuit/shared'
import { isKnownType, unknownType } from '../resource-types.ts'
import type { Place, ResolvedResource } from '../types.ts'
import { resolveValue, textOf } from './intrinsics.ts'
import type { Needing } from './order.ts'
import { stackScope, type Touch } from './stack-scope.ts'
import { objectOf, type TemplateText } from './template.ts'

/** A value that other stacks may import. */
export interface Export {
  readonly where: string
  readonly value: (touch: Touch) => unknown
}

/** One stack, whose parts are resolved when they are asked for. */
export interface StackResolver {
  readonly stack: string
  resources(): readonly Needing[]
  outputs(): Readonly<Record<string, unknown>>
  exported(): readonly (readonly [name: string, value: Export])[]
}

/** Makes one of a template; `imported` finds the exports of the others. */
export function stackResolver(
  stack: string,
  template: TemplateText,
  place: Place,
  given: Readonly<Record<string, string>>,
  imported: (name: string, where: string, touch: Touch) => unknown,
): StackResolver {
  const { outputs } = template
  const { scopeOf, namesOf, isThere } = stackScope(stack, template, place, given, imported)

  return {
    stack,
    resources() {
      return Object.entries(template.resources).flatMap(
        ([id, { type, properties, condition: only, dependsOn }]) => {
          const where = `${stack}.Resources.${id}`
          if (!isKnownType(type)) throw unknownType(where, type)
          if (!isThere(only, where)) return []
          const needs = new Set<string>()
          const touch: Touch = (stack, id) => needs.add(`${stack}.Resources.${id}`)
          const scope = scopeOf(touch)
          const resolved = resolveValue(properties, `${where}.Properties`, scope) as Record<string, unknown>
          for (const other of dependsOn) {
            if (!Object.hasOwn(template.resources, other))
              throw invalid(`${where}.DependsOn`, other, 'a logical id')
            // One that a condition leaves out is nothing to wait for.
            if (isThere(template.resources[other]!.condition, `${stack}.Resources.${other}`))
              touch(stack, other)
          }
          const { identity, subject } = namesOf(id, where)
          const { name } = subject
          const ref = identity.ref?.(subject) ?? name
          const resource: ResolvedResource = {
            stack,
            id,
            where,
            type,
            name,
            ref,
            arn: identity.arn?.(subject),
            properties: resolved,
          }
          return { resource, needs }
        },
      )
    },
    outputs() {
      const values = Object.entries(outputs).flatMap(([name, output]) => {
        const where = `${stack}.Outputs.${name}`
        const { Value, Condition } = objectOf(where, output)
        if (!isThere(Condition as string | undefined, where)) return []
        return [
          [
            name,
            resolveValue(
              Value,
              `${where}.Value`,
              scopeOf(() => {}),
            ),
          ] as const,
        ]
      })
      return Object.fromEntries(values)
    },
    exported() {
      return Object.entries(outputs).flatMap(([name, output]) => {
        const where = `${stack}.Outputs.${name}`
        const { Value, Condition, Export: exported } = objectOf(where, output)
        if (exported === undefined || !isThere(Condition as string | undefined, where)) return []
        const at = `${where}.Export.Name`
        const text = textOf(
          at,
          resolveValue(
            objectOf(`${where}.Export`, exported).Name,
            at,
            scopeOf(() => {}),
          ),
        )
        const value = (touch: Touch) => resolveValue(Value, `${where}.Value`, scopeOf(touch))
        return [[text, { where, value }] as const]
      })
    },
  }
}
