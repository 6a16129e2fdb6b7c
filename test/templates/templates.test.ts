import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CircuitTable } from '@breakwater/constructs'
import { tableKeys, tablePermissions } from '@breakwater/dynamodb/schema'
import { checkDefinition } from '@breakwater/workflows'
import { Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { beforeAll, describe, expect, it } from 'vitest'
import { root } from '../src/imports.ts'
import { tier } from '../tier.ts'
import { circuit, substitutions } from './circuits.ts'
import type { Json } from './plain.ts'
import { folder, templates } from './templates.ts'
import { readYaml } from './yaml.ts'

const read = (name: string) => readFileSync(join(root, folder, name), 'utf8')
const cloudformation = readYaml(read('cloudformation.yaml'))
const sam = readYaml(read('sam.yaml'))
const serverless = readYaml(read('serverless.yml'))
const terraform = read('main.tf')
const recycler = JSON.parse(read('recycler.template.json'))
const definition = JSON.parse(read('charge.asl.json'))

/** Every statement in a template. */
function statementsIn(value: Json): Json[] {
  if (typeof value !== 'object' || value === null) return []
  const { Statement = [], statements = [] } = value
  return [...[Statement, statements].flat(), ...Object.values(value).flatMap(statementsIn)]
}

/** Actions on the table with their condition, each once, as text to compare. */
function tableGrants(value: Json): string[] {
  const own = statementsIn(value).filter(({ Action }) => JSON.stringify(Action).includes('"dynamodb:'))
  return [...new Set(own.map(({ Action, Condition }) => JSON.stringify([[Action].flat(), Condition])))].sort()
}

/** What the construct grants to a function, and to a workflow. */
function constructGrants(): string[] {
  const stack = new Stack()
  const table = CircuitTable.fromTableName(stack, 'Circuits', 'circuits')
  const role = (id: string) =>
    new Role(stack, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
  table.grantGuard(role('Function'), [circuit])
  table.grantRead(role('Workflow'), [circuit])
  return tableGrants(Template.fromStack(stack).toJSON())
}

describe('the templates of docs/templates', () => {
  let made: ReturnType<typeof templates>
  beforeAll(() => {
    made = templates()
  })

  it('are up to date: npm run templates', () => {
    for (const [name, text] of Object.entries(made)) expect([name, read(name)]).toEqual([name, text])
  })

  it.each([
    ['cloudformation.yaml', cloudformation],
    ['sam.yaml', sam],
    ['serverless.yml', serverless],
  ])('%s allows on the table what the construct grants, and nothing more', (_, template) => {
    expect(tableGrants(template)).toEqual(constructGrants())
  })

  it('main.tf allows the same', () => {
    const actions = [...terraform.matchAll(/"(dynamodb:(?!LeadingKeys)\w+)"/g)].map(match => match[1]!)
    expect(new Set(actions)).toEqual(new Set(tablePermissions.guard.flatMap(one => one.actions)))
    const keys = [...terraform.matchAll(/"dynamodb:LeadingKeys" = (\[[^\]]+\])/g)].map(match => match[1]!)
    const both = '["circuit#payments", "control#payments"]'
    expect(keys.sort()).toEqual([both, both, both, '["circuit#payments"]', '["circuit#payments"]'].sort())
  })

  it('have the keys of the table', () => {
    for (const { Properties } of [
      cloudformation.Resources.CircuitsTable,
      sam.Resources.CircuitsTable,
      serverless.resources.Resources.CircuitsTable,
    ]) {
      expect(Properties.KeySchema.map((key: Json) => key.AttributeName)).toEqual([
        tableKeys.partition,
        tableKeys.sort,
      ])
      expect(Properties.TimeToLiveSpecification.AttributeName).toBe(tableKeys.timeToLive)
    }
    expect(terraform).toMatch(
      new RegExp(`hash_key += "${tableKeys.partition}"\\n +range_key += "${tableKeys.sort}"`),
    )
    expect(terraform).toMatch(new RegExp(`attribute_name = "${tableKeys.timeToLive}"`))
  })

  it('define state machines that pass checkDefinition', () => {
    expect(checkDefinition(definition)).toEqual([])
    expect(cloudformation.Resources.WorkflowStateMachine.Properties.Definition).toEqual(definition)
    const text = recycler.Resources.RecyclerStateMachine.Properties.DefinitionString['Fn::Sub']
    expect(checkDefinition(JSON.parse(text.replaceAll(/\$\{[^}]+\}/g, 'token')))).toEqual([])
  })

  it('fill in every placeholder of the definition, which holds nothing that Terraform would take for its own', () => {
    const text = read('charge.asl.json')
    const names = [...text.matchAll(/\$\{([^}]*)\}/g)].map(match => match[1]!)
    expect([...new Set(names)].sort()).toEqual(Object.keys(substitutions).sort())
    expect(text).not.toContain('%{')
    const given = terraform.match(/charge\.asl\.json", \{([^}]*)\}/)![1]!
    expect([...given.matchAll(/(\w+) +=/g)].map(match => match[1]!)).toEqual(Object.keys(substitutions))
  })

  it('need no account that the CDK has bootstrapped', () => {
    for (const name of Object.keys(made)) expect(read(name)).not.toMatch(/bootstrap|hnb659fds|aws:cdk|cdk-/i)
    expect(recycler).not.toHaveProperty('Rules')
    for (const { Type, Properties } of Object.values<Json>(recycler.Resources)) {
      if (Type === 'AWS::Lambda::Function')
        expect(Properties.Code).toEqual({ S3Bucket: { Ref: 'CodeBucket' }, S3Key: { Ref: 'CodeKey' } })
    }
  })

  it('name no account and no Region', () => {
    for (const name of Object.keys(made))
      expect(read(name)).not.toMatch(/\b\d{12}\b|\b(us|eu|ap)-(east|west|central|north|south)\w*-\d\b/)
  })

  it('have a recycler that touches no service unless it is said', () => {
    expect(recycler.Parameters.DryRun.Default).toBe('true')
    const options = Object.values<Json>(recycler.Resources).flatMap(
      ({ Properties }) => Properties?.Environment?.Variables.RECYCLER_OPTIONS?.['Fn::Sub'] ?? [],
    )
    expect(options).toHaveLength(3)
    for (const text of options)
      expect(JSON.parse(text.replace(/\$\{DryRun\}/, 'true'))).toMatchObject({ dryRun: true, optIn: true })
  })
})

describe('docs/guides/without-cdk.md', () => {
  const guide = readFileSync(join(root, 'docs/guides/without-cdk.md'), 'utf8')
  const policies = [...guide.matchAll(/^```json\n(.*?)^```/gms)].map(match => JSON.parse(match[1]!))

  it('shows the policies that the templates have', () => {
    expect(policies).toHaveLength(2)
    expect(tableGrants(policies)).toEqual(constructGrants())
    const calls = (value: Json) =>
      statementsIn(value)
        .filter(({ Action }) => Action === 'lambda:InvokeFunction')
        .map(({ Resource }) => Resource.length)
    expect(calls(policies)).toEqual(calls(cloudformation))
  })

  it('shows all of gate.mjs', () => {
    expect(guide).toContain(`\`\`\`js\n${read('gate.mjs')}\`\`\``)
  })
})

const installed = (...command: [string, ...string[]]) =>
  tier === 'long' && spawnSync(command[0], command.slice(1)).status === 0

describe('in the long tier, where they are installed', () => {
  it
    .skipIf(!installed('cfn-lint', '--version'))
    .each(['cloudformation.yaml', 'recycler.template.json', 'sam.yaml'])(
    'cfn-lint finds nothing in %s',
    name => {
      const { stdout, status } = spawnSync('cfn-lint', [join(root, folder, name)], { encoding: 'utf8' })
      expect([stdout, status]).toEqual(['', 0])
    },
  )

  it.skipIf(!installed('terraform', 'version'))('terraform fmt changes nothing in main.tf', () => {
    const args = ['fmt', '-check', '-diff', join(root, folder, 'main.tf')]
    const { stdout, status } = spawnSync('terraform', args, { encoding: 'utf8' })
    expect([stdout, status]).toEqual(['', 0])
  })
})
