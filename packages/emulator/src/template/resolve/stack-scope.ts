import { invalid } from '@breakwater/circuit/shared'
import { type NamedResource, type Naming, physicalName, type StackLocation } from '../naming.ts'
import { typeOf } from '../resource-types.ts'
import { conditionsOf } from './conditions.ts'
import { noValue, resolveValue, type Scope, textOf } from './intrinsics.ts'
import { parameterValue } from './parameters.ts'
import { objectOf, type TemplateText } from './template.ts'

/** A resource's names. They come before its properties, since others refer to them. */
export interface ResourceNaming {
  readonly naming: Naming
  readonly resource: NamedResource
}

/** Called with every resource that is referred to, by stack and logical id. */
export type OnReference = (stack: string, id: string) => void

/** Finds the export of another stack. */
export type ImportValue = (name: string, where: string, onReference: OnReference) => unknown

/** The meaning of names in one stack. */
export class StackScope {
  readonly #stack: string
  readonly #template: TemplateText
  readonly #location: StackLocation
  readonly #parameters: Readonly<Record<string, string>>
  readonly #importValue: ImportValue
  readonly #pseudoParameters: Readonly<Record<string, unknown>>
  readonly #condition: (name: string, where: string) => boolean
  readonly #names = new Map<string, ResourceNaming>()
  /** Logical ids whose names are being made, to find circles. */
  readonly #pending: string[] = []
  /** Places of properties that names are made of and that are being resolved, for the same. */
  readonly #reading: string[] = []

  /**
   * @param parameters values given from outside.
   * @throws TypeError for a value of a parameter that the template does not have.
   */
  constructor(
    stack: string,
    template: TemplateText,
    location: StackLocation,
    parameters: Readonly<Record<string, string>>,
    importValue: ImportValue,
  ) {
    for (const name of Object.keys(parameters)) {
      if (Object.hasOwn(template.parameters, name)) continue
      const allowed = `a parameter of the template: ${Object.keys(template.parameters)}`
      throw invalid(`parameters.${stack}`, name, allowed)
    }
    this.#stack = stack
    this.#template = template
    this.#location = location
    this.#parameters = parameters
    this.#importValue = importValue
    this.#pseudoParameters = pseudoParameters(stack, location)
    const withoutResources: Scope = {
      ...this.scopeOf(() => {}),
      ref: (name, where) => this.#parameter(name) ?? noResource(where, name),
      attribute: (id, _, where) => noResource(where, id),
    }
    this.#condition = conditionsOf(stack, template.conditions, withoutResources)
  }

  /** The scope in which values are resolved. */
  scopeOf(onReference: OnReference): Scope {
    const referred = (id: string, where: string) => {
      onReference(this.#stack, id)
      return this.namesOf(id, where)
    }
    return {
      ref: (name, where) => this.#parameter(name) ?? refOf(referred(name, where)),
      attribute: (id, attribute, where) => attributeOf(referred(id, where), id, attribute, where),
      condition: (name, where) => this.#condition(name, where),
      mapping: (map, first, second, where) => this.#mapping(map, first, second, where),
      importValue: (name, where) => this.#importValue(name, where, onReference),
    }
  }

  /**
   * The names of a resource.
   *
   * @param where the place that refers to it.
   */
  namesOf(id: string, where: string): ResourceNaming {
    const known = this.#names.get(id)
    if (known) return known
    const { resources } = this.#template
    if (!Object.hasOwn(resources, id)) throw invalid(where, id, 'a parameter or a resource of the template')
    const { type, condition } = resources[id]!
    const here = `${this.#stack}.Resources.${id}`
    const { naming } = typeOf(here, type)
    if (condition !== undefined && !this.#condition(condition, here)) {
      throw invalid(where, id, `a resource that is there: it is only if ${condition}`)
    }
    if (this.#pending.includes(id)) {
      throw invalid(here, [...this.#pending, id].join(' → '), 'no circle of names')
    }
    this.#pending.push(id)
    const names = { naming, resource: this.#nameResource(id, naming) }
    this.#pending.pop()
    this.#names.set(id, names)
    return names
  }

  /** Whether a part of the template is there that depends on a condition, if it depends on one. */
  isThere(condition: string | undefined, where: string): boolean {
    return condition === undefined || this.#condition(condition, `${where}.Condition`)
  }

  #nameResource(id: string, naming: Naming): NamedResource {
    const stack = this.#stack
    const property = (name: string) => this.#textProperty(id, name)
    const unnamed = { ...this.#location, stack, id, property }
    const { nameProperty, maxLength = 255, generated = () => physicalName(stack, id, maxLength) } = naming
    const explicit = nameProperty === undefined ? undefined : property(nameProperty)
    return { ...unnamed, name: explicit ?? generated(unnamed) }
  }

  #textProperty(id: string, name: string): string | undefined {
    const { properties } = this.#template.resources[id]!
    if (!Object.hasOwn(properties, name)) return undefined
    const where = `${this.#stack}.Resources.${id}.Properties.${name}`
    // A name may be made of properties only when it is referred to, and these may refer to the name.
    if (this.#reading.includes(where))
      throw invalid(where, [...this.#reading, where].join(' → '), 'no circle of names')
    this.#reading.push(where)
    const value = resolveValue(
      properties[name],
      where,
      this.scopeOf(() => {}),
    )
    this.#reading.pop()
    return value === noValue ? undefined : textOf(where, value)
  }

  /** The value of a pseudo parameter or a parameter; undefined for any other name. */
  #parameter(name: string): unknown {
    if (Object.hasOwn(this.#pseudoParameters, name)) return this.#pseudoParameters[name]
    const { parameters } = this.#template
    if (!Object.hasOwn(parameters, name)) return undefined
    return parameterValue(`${this.#stack}.Parameters.${name}`, parameters[name], this.#parameters[name])
  }

  #mapping(map: string, first: string, second: string, where: string): unknown {
    const { mappings } = this.#template
    const at = `${this.#stack}.Mappings.${map}`
    const table = Object.hasOwn(mappings, map) ? objectOf(at, mappings[map]) : {}
    const row = Object.hasOwn(table, first) ? objectOf(`${at}.${first}`, table[first]) : {}
    if (!Object.hasOwn(row, second)) {
      throw invalid(where, `${map}.${first}.${second}`, 'an entry of the template’s Mappings')
    }
    return row[second]
  }
}

function pseudoParameters(stack: string, { region, account }: StackLocation): Record<string, unknown> {
  return {
    'AWS::AccountId': account,
    'AWS::NoValue': noValue,
    'AWS::Partition': 'aws',
    'AWS::Region': region,
    'AWS::StackId': `arn:aws:cloudformation:${region}:${account}:stack/${stack}/local`,
    'AWS::StackName': stack,
    'AWS::URLSuffix': 'amazonaws.com',
  }
}

function refOf({ naming, resource }: ResourceNaming): string {
  return naming.ref?.(resource) ?? resource.name
}

function attributeOf(
  { naming, resource }: ResourceNaming,
  id: string,
  attribute: string,
  where: string,
): string {
  const { arn, attributes = {} } = naming
  if (attribute === 'Arn' && arn) return arn(resource)
  if (Object.hasOwn(attributes, attribute)) return attributes[attribute]!(resource)
  const all = [...(arn ? ['Arn'] : []), ...Object.keys(attributes)].join(', ')
  throw invalid(
    where,
    `${id}.${attribute}`,
    `an attribute that is supported locally: ${all || 'there is none'}`,
  )
}

function noResource(where: string, id: string): never {
  throw invalid(where, id, 'a parameter: conditions know no resources')
}
