import { readFileSync } from 'node:fs'
import { invalid } from '@breakwater/circuit/shared'
import { textOf } from '../resolve/intrinsics.ts'
import { objectOf } from '../resolve/template.ts'
import type { ResolvedResource } from '../types.ts'

/**
 * The definition of an AWS::StepFunctions::StateMachine as JSON text, with its substitutions made.
 *
 * @param assets paths by object key
 * @throws TypeError naming the property that is wrong.
 */
export function definitionOf(
  { where, properties }: ResolvedResource,
  assets: Readonly<Record<string, string>>,
): string {
  const at = (name: string) => `${where}.Properties.${name}`
  const { Definition, DefinitionString, DefinitionS3Location, DefinitionSubstitutions = {} } = properties
  const given = [Definition, DefinitionString, DefinitionS3Location].filter(one => one !== undefined)
  if (given.length !== 1) {
    throw invalid(
      at('DefinitionString'),
      given.length,
      'one of Definition, DefinitionString, DefinitionS3Location',
    )
  }
  const variables = objectOf(at('DefinitionSubstitutions'), DefinitionSubstitutions)
  return Object.entries(variables).reduce((text, [name, value]) => {
    const replacement = textOf(at(`DefinitionSubstitutions.${name}`), value)
    return text.replaceAll(`\${${name}}`, () => replacement)
  }, text())

  function text(): string {
    if (Definition !== undefined) return JSON.stringify(objectOf(at('Definition'), Definition))
    if (DefinitionString !== undefined) return textOf(at('DefinitionString'), DefinitionString)
    const { Key } = objectOf(at('DefinitionS3Location'), DefinitionS3Location)
    const path = Object.hasOwn(assets, String(Key)) ? assets[String(Key)]! : undefined
    if (path === undefined) {
      throw invalid(at('DefinitionS3Location.Key'), Key, 'the key of an asset that lies beside the template')
    }
    return readFileSync(path, 'utf8')
  }
}
