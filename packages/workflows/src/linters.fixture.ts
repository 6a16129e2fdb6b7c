import { getLanguageService, TextDocument } from 'amazon-states-language-service'
import validate from 'asl-validator'
import type { StateMachineDefinition } from './definition.ts'
import { checkDefinition, type LintException } from './lint.ts'

/** The findings of AWS's own linter. */
export async function awsLint(definition: StateMachineDefinition): Promise<string[]> {
  const service = getLanguageService({ workspaceContext: { resolveRelativePath: path => path } })
  const text = JSON.stringify(definition, null, 2)
  const document = TextDocument.create('file:///definition.asl.json', 'asl', 1, text)
  const found = await service.doValidation(document, service.parseJSONDocument(document))
  return found.map(({ message, range }) => `line ${range.start.line}: ${message}`)
}

/** The findings of asl-validator. It changes its argument. */
export function aslValidator(definition: StateMachineDefinition): string[] {
  const { errors } = validate(structuredClone(definition), { checkPaths: true, checkArn: true })
  return errors.map(error => JSON.stringify(error))
}

/** The findings of all three linters, by linter. */
export async function lint(definition: StateMachineDefinition, exceptions: readonly LintException[] = []) {
  return {
    aws: await awsLint(definition),
    validator: aslValidator(definition),
    own: checkDefinition(definition, { exceptions }),
  }
}

/** The findings of a good definition: none. */
export const clean = { aws: [], validator: [], own: [] }
