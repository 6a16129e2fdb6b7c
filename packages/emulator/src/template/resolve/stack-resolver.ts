import { invalid } from '@breakwater/circuit/shared'
import type { StackLocation } from '../naming.ts'
import { typeOf } from '../resource-types.ts'
import type { ResolvedResource } from '../types.ts'
import { resolveValue, textOf } from './intrinsics.ts'
import type { ResourceWithNeeds } from './order.ts'
import { type ImportValue, type OnReference, StackScope } from './stack-scope.ts'
import { objectOf, type ResourceText, type TemplateText } from './template.ts'

/** A value that other stacks may import. */
export interface Export {
  readonly name: string
  readonly where: string
  readonly value: (onReference: OnReference) => unknown
}

const ignoreReferences: OnReference = () => {}

/** One stack, whose parts are resolved when they are asked for. */
export class StackResolver {
  readonly stack: string
  readonly #template: TemplateText
  readonly #scope: StackScope

  constructor(
    stack: string,
    template: TemplateText,
    location: StackLocation,
    parameters: Readonly<Record<string, string>>,
    importValue: ImportValue,
  ) {
    this.stack = stack
    this.#template = template
    this.#scope = new StackScope(stack, template, location, parameters, importValue)
  }

  /** The resources that are there, each with the places of those it needs. */
  resources(): readonly ResourceWithNeeds[] {
    const present = Object.entries(this.#template.resources).filter(([id, { type, condition }]) => {
      // A type that is not known is refused even where a condition leaves the resource out.
      typeOf(this.#placeOf(id), type)
      return this.#scope.isThere(condition, this.#placeOf(id))
    })
    return present.map(([id, resource]) => this.#resource(id, resource))
  }

  outputs(): Readonly<Record<string, unknown>> {
    const values = this.#presentOutputs().map(
      ([name, where, { Value }]) => [name, this.#resolve(Value, `${where}.Value`)] as const,
    )
    return Object.fromEntries(values)
  }

  exports(): readonly Export[] {
    return this.#presentOutputs().flatMap(([, where, { Value, Export: exported }]) => {
      if (exported === undefined) return []
      const at = `${where}.Export.Name`
      const name = textOf(at, this.#resolve(objectOf(`${where}.Export`, exported).Name, at))
      const value = (onReference: OnReference) =>
        resolveValue(Value, `${where}.Value`, this.#scope.scopeOf(onReference))
      return [{ name, where, value }]
    })
  }

  #resource(id: string, { properties, dependsOn }: ResourceText): ResourceWithNeeds {
    const { stack } = this
    const where = this.#placeOf(id)
    const needs = new Set<string>()
    const scope = this.#scope.scopeOf((otherStack, other) => needs.add(`${otherStack}.Resources.${other}`))
    const resolved = resolveValue(properties, `${where}.Properties`, scope) as Record<string, unknown>
    for (const other of dependsOn) {
      const { resources } = this.#template
      if (!Object.hasOwn(resources, other)) throw invalid(`${where}.DependsOn`, other, 'a logical id')
      // A resource that a condition leaves out is not waited for.
      if (this.#scope.isThere(resources[other]!.condition, this.#placeOf(other))) {
        needs.add(this.#placeOf(other))
      }
    }
    const { naming, resource: named } = this.#scope.namesOf(id, where)
    const resource: ResolvedResource = {
      stack,
      id,
      where,
      type: this.#template.resources[id]!.type,
      name: named.name,
      ref: naming.ref?.(named) ?? named.name,
      arn: naming.arn?.(named),
      properties: resolved,
    }
    return { resource, needs }
  }

  #presentOutputs(): readonly (readonly [name: string, where: string, output: Record<string, unknown>])[] {
    return Object.entries(this.#template.outputs).flatMap(([name, value]) => {
      const where = `${this.stack}.Outputs.${name}`
      const output = objectOf(where, value)
      return this.#scope.isThere(output.Condition as string | undefined, where)
        ? [[name, where, output] as const]
        : []
    })
  }

  #resolve(value: unknown, where: string): unknown {
    return resolveValue(value, where, this.#scope.scopeOf(ignoreReferences))
  }

  #placeOf(id: string): string {
    return `${this.stack}.Resources.${id}`
  }
}
