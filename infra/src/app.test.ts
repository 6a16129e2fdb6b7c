import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { checkDefinition } from '@breakwater/workflows'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeApp } from './app.ts'
import { type Json, SynthesisedApp } from './synthesised.fixture.ts'

/** Statements of a document, of which a resource may have one under several names. */
function statementsIn(value: Json): Json[] {
  if (typeof value !== 'object' || value === null) return []
  const own = 'Statement' in value ? [value.Statement].flat() : []
  return [...own, ...Object.values(value).flatMap(statementsIn)]
}

describe('the app', () => {
  let app: SynthesisedApp
  // A finding of cdk-nag, or a definition that our own rules refuse, would end here.
  beforeAll(() => {
    app = new SynthesisedApp()
  })
  afterAll(() => app.remove())

  it('has one stack a concern', () => {
    expect(Object.keys(app.templates).sort()).toEqual(['events', 'orders', 'table', 'workflows'])
  })

  it('has the paths of both doors', () => {
    expect(app.routes('orders')).toEqual(['GET /health', 'POST /orders'])
    expect(app.routes('workflows')).toEqual([
      'GET /workflows/orders/{execution}',
      'POST /workflows/guarded-call',
      'POST /workflows/orders',
    ])
  })

  it('allows no action by a wildcard, and no resource but where there is no other', () => {
    const statements = Object.values(app.templates)
      .flatMap(statementsIn)
      .filter(one => one.Effect === 'Allow')
    expect(statements.length).toBeGreaterThan(15)
    const actionsOn = (statement: Json): string[] => [statement.Action].flat()
    expect(statements.flatMap(actionsOn).filter(action => action.includes('*'))).toEqual([])
    const wide = statements.filter(one => [one.Resource].flat().includes('*')).flatMap(actionsOn)
    expect(new Set(wide.map(action => action.split(':')[0]))).toEqual(new Set(['xray', 'logs']))
  })

  it('confines what is about payments to their circuit', () => {
    const conditions = app
      .all('AWS::IAM::Policy')
      .flatMap(policy => policy.PolicyDocument.Statement)
      .filter(statement => JSON.stringify(statement.Action).includes('dynamodb:'))
      .map(statement => statement.Condition?.['ForAllValues:StringEquals']['dynamodb:LeadingKeys'])
    // The gate and the guarded call take any circuit; the orders function and the fulfilment take one.
    expect(conditions.filter(Boolean)).toEqual([['payments'], ['payments']])
    expect(conditions).toHaveLength(4)
  })

  it('gives every function its table, a runtime, a timeout and traces', () => {
    const functions = app.all('AWS::Lambda::Function')
    expect(functions).toHaveLength(3)
    for (const one of functions) {
      expect(one).toMatchObject({
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        TracingConfig: { Mode: 'Active' },
      })
      expect(one.Timeout).toBeGreaterThanOrEqual(5)
    }
    const withTable = functions.filter(one => one.Environment?.Variables.CIRCUIT_TABLE)
    expect(withTable).toHaveLength(2)
  })

  it('bundles each function as one module with a handler, without the SDK and without a trace of this machine', () => {
    expect(app.bundles).toHaveLength(3)
    for (const code of app.bundles) {
      expect(code.match(/export\s*\{[^}]*\bhandler\b[^}]*\}/)).not.toBeNull()
      expect(code).not.toContain('smithy.api#')
      expect(code).not.toContain(fileURLToPath(new URL('../..', import.meta.url)))
    }
  })

  it('defines workflows that pass our own checks, tokens and all', () => {
    const machines = app.all('AWS::StepFunctions::StateMachine')
    expect(machines.map(one => one.StateMachineType).sort()).toEqual(['EXPRESS', 'STANDARD'])
    for (const { DefinitionString } of machines) {
      const [delimiter, parts] = DefinitionString['Fn::Join']
      const text = parts.map((part: Json) => (typeof part === 'string' ? part : 'token')).join(delimiter)
      expect(checkDefinition(JSON.parse(text))).toEqual([])
    }
  })

  it('names no account and no Region', () => {
    const text = JSON.stringify(app.templates)
    expect(text).not.toMatch(/\b\d{12}\b/)
    expect(text).not.toMatch(/\b(us|eu|ap)-(east|west|central|north|south)\w*-\d\b/)
  })

  it('routes the transitions of circuits to a queue that loses none', () => {
    expect(app.all('AWS::Events::Rule')).toMatchObject([
      {
        EventPattern: { source: ['breakwater'], 'detail-type': ['Circuit State Changed'] },
        Targets: [{ DeadLetterConfig: { Arn: expect.anything() } }],
      },
    ])
  })

  const cfnLint = spawnSync('cfn-lint', ['--version']).status === 0
  it.skipIf(!cfnLint)('passes cfn-lint (skipped where it is not installed)', () => {
    const config = fileURLToPath(new URL('../.cfnlintrc.yaml', import.meta.url))
    const args = ['--config-file', config, `${app.folder}/cdk.out/*.template.json`]
    const { stdout, status } = spawnSync('cfn-lint', args, { encoding: 'utf8' })
    expect([stdout, status]).toEqual(['', 0])
  })
})

describe('the settings', () => {
  const removal = (context: Readonly<Record<string, string>>) => {
    const app = new SynthesisedApp(context)
    try {
      const resources = Object.values<Json>(app.templates.table.Resources)
      return [resources[0].DeletionPolicy, app.all('AWS::Events::EventBus')[0].Name]
    } finally {
      app.remove()
    }
  }

  it('keep the data of prod', () => {
    expect(removal({ stage: 'prod' })).toEqual(['Retain', 'breakwater'])
  })

  it('let go of the data of others, unless told to keep it', () => {
    expect(removal({ stage: 'dev' })).toEqual(['Delete', 'breakwater-dev'])
    expect(removal({ stage: 'blue', retain: 'true' })).toEqual(['Retain', 'breakwater-blue'])
  })

  it.each([
    [{ stage: 'Prod!' }, /^stage: got "Prod!"/],
    [{ retain: 'maybe' }, /^retain: got "maybe"; allowed is true or false/],
    [{ paymentUrl: 'ftp://x' }, /^paymentUrl: got "ftp:\/\/x"/],
  ])('refuse %j', (context, message) => {
    expect(() => makeApp({ context })).toThrow(message)
  })
})
