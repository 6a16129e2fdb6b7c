import { invalid } from '@breakwater/circuit/shared'

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>

/** A resource as it stands in a template. */
export interface ResourceText {
  readonly type: string
  readonly properties: Json
  readonly condition: string | undefined
  readonly dependsOn: readonly string[]
}

/** A template whose sections have been checked to be objects, and no further. */
export interface TemplateText {
  readonly parameters: Json
  readonly mappings: Json
  readonly conditions: Json
  readonly resources: Readonly<Record<string, ResourceText>>
  readonly outputs: Json
}

/** Rules check parameters in an account; AWSTemplateFormatVersion, Description and Metadata only tell. */
const sections = {
  run: ['Parameters', 'Mappings', 'Conditions', 'Resources', 'Outputs'],
  ignored: ['AWSTemplateFormatVersion', 'Description', 'Metadata', 'Rules'],
}

/** Policies of deletion and update have no meaning here: every start begins anew. */
const attributes = {
  run: ['Type', 'Properties', 'Condition', 'DependsOn'],
  ignored: ['Metadata', 'DeletionPolicy', 'UpdateReplacePolicy', 'CreationPolicy', 'UpdatePolicy'],
}

/**
 * Reads the outer form of a template.
 *
 * @param where its name in errors: that of the stack
 */
export function readTemplate(where: string, value: unknown): TemplateText {
  const template = objectOf(where, value)
  refuseOthers(where, template, sections)
  const section = (name: string) => objectOf(`${where}.${name}`, template[name] ?? {})
  const resources = Object.entries(section('Resources')).map(
    ([id, resource]) => [id, readResource(`${where}.Resources.${id}`, resource)] as const,
  )
  return {
    parameters: section('Parameters'),
    mappings: section('Mappings'),
    conditions: section('Conditions'),
    resources: Object.fromEntries(resources),
    outputs: section('Outputs'),
  }
}

function readResource(where: string, value: unknown): ResourceText {
  const resource = objectOf(where, value)
  refuseOthers(where, resource, attributes)
  const { Type, Properties = {}, Condition, DependsOn = [] } = resource
  const dependsOn = typeof DependsOn === 'string' ? [DependsOn] : DependsOn
  if (typeof Type !== 'string') throw invalid(`${where}.Type`, Type, 'the name of a type')
  if (Condition !== undefined && typeof Condition !== 'string') {
    throw invalid(`${where}.Condition`, Condition, 'the name of a condition')
  }
  if (!Array.isArray(dependsOn) || !dependsOn.every(id => typeof id === 'string')) {
    throw invalid(`${where}.DependsOn`, DependsOn, 'a logical id or a list of them')
  }
  const properties = objectOf(`${where}.Properties`, Properties)
  return { type: Type, properties, condition: Condition, dependsOn }
}

/** Returns the value if it is an object. */
export function objectOf(where: string, value: unknown): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json
  throw invalid(where, value, 'an object')
}

function refuseOthers(where: string, value: Json, known: typeof sections): void {
  for (const name of Object.keys(value)) {
    if (known.run.includes(name) || known.ignored.includes(name)) continue
    throw invalid(`${where}.${name}`, value[name], `nothing: supported are ${known.run.join(', ')}`)
  }
}
