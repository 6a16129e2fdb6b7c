import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { checkDefinition } from '@breakwater/workflows'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tier } from '../../test/tier.ts'
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
    expect(Object.keys(app.templates).sort()).toEqual(['events', 'orders', 'recycler', 'table', 'workflows'])
  })

  it('has the paths of both APIs', () => {
    expect(app.routes('orders')).toEqual(['GET /health', 'POST /orders'])
    expect(app.routes('workflows')).toEqual([
      'GET /workflows/orders/{execution}',
      'GET /workflows/recycle-services/{execution}',
      'POST /workflows/guarded-call',
      'POST /workflows/orders',
      'POST /workflows/recycle-services',
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
    expect(new Set(wide.map(action => action.replace(/^(xray|logs):.*$/, '$1')))).toEqual(
      new Set([
        'xray',
        'logs',
        'ecs:ListClusters',
        'ecs:ListServices',
        'ecs:ListDaemons',
        'ecs:ListTasks',
        'ecs:DescribeTaskDefinition',
        'ssm:DescribeParameters',
      ]),
    )
  })

  it('allows nothing to read the value of a secret or parameter', () => {
    const statements = Object.values(app.templates)
      .flatMap(statementsIn)
      .filter(one => one.Effect === 'Allow')
    // No action has a wildcard: see above.
    expect(statements.filter(one => 'NotAction' in one)).toEqual([])
    const actions = statements
      .flatMap(one => [one.Action].flat() as string[])
      .filter(action => /^(secretsmanager|ssm):/i.test(action))
    expect(new Set(actions)).toEqual(new Set(['secretsmanager:DescribeSecret', 'ssm:DescribeParameters']))
  })

  it('allows one role to change ECS services, only those that are tagged for it, and nothing else in ECS', () => {
    const policies = app.all('AWS::IAM::Policy', 'recycler')
    const changes = policies.flatMap(({ PolicyName, PolicyDocument }) =>
      PolicyDocument.Statement.filter(({ Effect }: Json) => Effect === 'Allow')
        .flatMap((one: Json) =>
          [one.Action].flat().map(action => ({ action, condition: one.Condition, policy: PolicyName })),
        )
        .filter(({ action }: Json) => /^ecs:(?!List|Describe)/.test(action)),
    )
    expect(changes).toEqual([
      {
        action: 'ecs:UpdateService',
        condition: { StringEquals: { 'aws:ResourceTag/breakwater:recycle': 'true' } },
        policy: expect.stringMatching(/^RecyclerExecutorRole/),
      },
    ])
  })

  it('confines the functions of payments and of the recycler to their circuits', () => {
    const conditions = app
      .all('AWS::IAM::Policy')
      .flatMap(policy => policy.PolicyDocument.Statement)
      .filter(statement => JSON.stringify(statement.Action).includes('dynamodb:'))
      .map(({ Condition = {} }) => Object.values<Json>(Condition)[0]?.['dynamodb:LeadingKeys'])
    // The gate, the guarded call and the workflow of orders, the orders function; the recycler its own and its records.
    expect(conditions.map(String).sort()).toEqual([
      'circuit#ecs-update-service',
      'circuit#ecs-update-service,control#ecs-update-service',
      'circuit#payments',
      'circuit#payments',
      'circuit#payments,control#payments',
      'circuit#payments,control#payments',
      'circuit#payments,control#payments',
      'circuit#payments,control#payments',
      'recycler#*',
      'recycler#*',
    ])
  })

  it('gives every function its table, a runtime, a timeout and traces', () => {
    const functions = app.all('AWS::Lambda::Function')
    expect(functions).toHaveLength(6)
    for (const one of functions) {
      expect(one).toMatchObject({
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        TracingConfig: { Mode: 'Active' },
      })
      expect(one.Timeout).toBeGreaterThanOrEqual(5)
    }
    const withTable = functions.filter(one => one.Environment?.Variables.CIRCUIT_TABLE)
    expect(withTable).toHaveLength(5)
  })

  it('bundles each function as one module with a handler and no path of this machine', () => {
    expect(app.bundles).toHaveLength(6)
    for (const code of app.bundles) {
      expect(code.match(/export\s*\{[^}]*\bhandler\b[^}]*\}/)).not.toBeNull()
      expect(code).not.toContain(fileURLToPath(new URL('../..', import.meta.url)))
    }
  })

  it('leaves the SDK to the runtime, except where that may be too old', () => {
    expect(app.bundles.filter(code => code.includes('smithy.api#'))).toEqual([
      app.bundleOf('RecyclerPlanner'),
    ])
  })

  it('defines workflows that pass checkDefinition, with their tokens', () => {
    const machines = app.all('AWS::StepFunctions::StateMachine')
    expect(machines.map(one => one.StateMachineType).sort()).toEqual(['EXPRESS', 'STANDARD', 'STANDARD'])
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
    expect(app.all('AWS::Events::Rule', 'events')).toMatchObject([
      {
        EventPattern: { source: ['breakwater'], 'detail-type': ['Circuit State Changed'] },
        Targets: [{ DeadLetterConfig: { Arn: expect.anything() } }],
      },
    ])
  })

  it('plans recycles by events and by the clock, and touches no service by default', () => {
    expect(app.all('AWS::Events::Rule', 'recycler')).toHaveLength(5)
    const { RECYCLER_OPTIONS, ...rest } = app.variablesOf('RecyclerPlanner')
    expect(JSON.parse(RECYCLER_OPTIONS)).toMatchObject({ dryRun: true, optIn: true })
    expect(rest).not.toHaveProperty('RECYCLER_CLUSTERS')
    const [machine] = app.all('AWS::StepFunctions::StateMachine', 'recycler')
    expect(JSON.stringify(machine)).toMatch(/"Fn::ImportValue":"breakwater-dev-events:ExportsOutputRefBus/)
  })

  it('lets nothing but an order reach the orders function, whatever type of content it says to be', () => {
    const [post] = app.all('AWS::ApiGateway::Method', 'orders').filter(one => one.HttpMethod === 'POST')
    expect(Object.keys(post.RequestModels).sort()).toEqual(['$default', 'application/json'])
    const [validator] = app.all('AWS::ApiGateway::RequestValidator', 'orders')
    expect(post.RequestValidatorId).toBeDefined()
    expect(validator.ValidateRequestBody).toBe(true)
  })

  it('reserves no concurrency of the account unless it is set', () => {
    for (const one of app.all('AWS::Lambda::Function'))
      expect(one.ReservedConcurrentExecutions).toBeUndefined()
  })

  it('starts a recycle by hand only for a secret, and only by a role of its own', () => {
    const model = app
      .all('AWS::ApiGateway::Model', 'workflows')
      .find(({ Schema }) => Schema.properties?.secretId)
    expect(model.Schema).toMatchObject({
      required: ['secretId'],
      additionalProperties: false,
      properties: { secretId: { type: 'string' }, label: { type: 'string' }, dryRun: { type: 'boolean' } },
    })
    const methods = app.all('AWS::ApiGateway::Method', 'workflows')
    expect(methods).toHaveLength(5)
    for (const method of methods) expect(method.AuthorizationType).toBe('AWS_IAM')
    const callers = app
      .all('AWS::IAM::Policy', 'workflows')
      .flatMap(({ Roles, PolicyDocument }) =>
        PolicyDocument.Statement.filter(({ Action }: Json) => Action === 'execute-api:Invoke').map(
          ({ Resource }: Json) => [
            Roles.map(({ Ref }: Json) => Ref.replace(/[0-9A-F]{8}$/, '')),
            [Resource].flat().map((one: Json) => one['Fn::Join'][1].at(-1)),
          ],
        ),
      )
    expect(callers).toEqual([
      [['Shop'], ['/POST/workflows/guarded-call']],
      [['Shop'], ['/POST/workflows/orders', '/GET/workflows/orders/*']],
      [['RecycleOperator'], ['/POST/workflows/recycle-services', '/GET/workflows/recycle-services/*']],
    ])
  })

  const cfnLint = tier === 'long' && spawnSync('cfn-lint', ['--version']).status === 0
  it.skipIf(!cfnLint)('passes cfn-lint (in the long tier, where it is installed)', () => {
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

  it('retain the data of prod', () => {
    expect(removal({ stage: 'prod' })).toEqual(['Retain', 'breakwater'])
  })

  it('delete the data of other stages, unless retain is set', () => {
    expect(removal({ stage: 'dev' })).toEqual(['Delete', 'breakwater-dev'])
    expect(removal({ stage: 'blue', retain: 'true' })).toEqual(['Retain', 'breakwater-blue'])
  })

  it('name the clusters that are recycled, switch the recycling on, and reserve concurrency for every function', () => {
    const app = new SynthesisedApp({
      recycleClusters: 'shop,back-office',
      recycleDryRun: 'false',
      reservedConcurrency: '20',
    })
    try {
      const { RECYCLER_CLUSTERS, RECYCLER_OPTIONS } = app.variablesOf('RecyclerExecutor')
      expect(RECYCLER_CLUSTERS).toBe('shop,back-office')
      expect(JSON.parse(RECYCLER_OPTIONS)).toMatchObject({ dryRun: false })
      const reserved = app.all('AWS::Lambda::Function').map(one => one.ReservedConcurrentExecutions)
      expect(reserved).toEqual(Array(6).fill(20))
    } finally {
      app.remove()
    }
  })

  it.each([
    [{ recycleClusters: '' }, /^recycleClusters: got ""; allowed is names of ECS clusters/],
    [{ recycleClusters: 'shop, back-office' }, /^recycleClusters: got "shop, back-office"/],
    [{ recycleClusters: 'shop,shop' }, /^recycleClusters: got "shop,shop"/],
    [{ recycleDryRun: 'no' }, /^recycleDryRun: got "no"; allowed is true or false/],
    [{ stage: 'Prod!' }, /^stage: got "Prod!"/],
    [{ reservedConcurrency: '0' }, /^reservedConcurrency: got "0"; allowed is a whole number from 1 to 9999/],
    [{ reservedConcurrency: 'many' }, /^reservedConcurrency: got "many"/],
    [{ retain: 'maybe' }, /^retain: got "maybe"; allowed is true or false/],
    [{ paymentUrl: 'ftp://x' }, /^paymentUrl: got "ftp:\/\/x"/],
  ])('refuse %j', (context, message) => {
    expect(() => makeApp({ context })).toThrow(message)
  })
})
