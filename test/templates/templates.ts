import { circuitsTemplate, definition } from './circuits.ts'
import { recyclerTemplate } from './recycler.ts'
import { samTemplate } from './sam.ts'
import { serverlessService } from './serverless.ts'
import { terraformModule } from './terraform.ts'
import { yamlOf } from './yaml.ts'

/** Where the templates are, from the root. */
export const folder = 'docs/templates'

const note = '# Made by npm run templates, of what the constructs deploy. See docs/guides/without-cdk.md.\n'

/** The text of every generated file of {@link folder}, by name. */
export function templates(): Readonly<Record<string, string>> {
  const plain = circuitsTemplate()
  return {
    'charge.asl.json': json(definition()),
    'cloudformation.yaml': note + yamlOf(plain),
    'main.tf': note + terraformModule(plain),
    'recycler.template.json': json(recyclerTemplate()),
    'sam.yaml': note + yamlOf(samTemplate(plain)),
    'serverless.yml': note + yamlOf(serverlessService(plain)),
  }
}

const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`
