import fc from 'fast-check'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { deepTexts, hostile, hostileText, largeTexts, nearly } from '../../../test/hostile.ts'
import { runs, tier } from '../../../test/tier.ts'
import { api, inline, proxyOf, start, stopAll, table } from './template/stack.fixture.ts'
import type { LocalStack } from './template/stack-options.ts'

if (tier === 'long') vi.setConfig({ testTimeout: 300_000 })

const region = 'us-east-1:000000000000'
const secret = `arn:aws:secretsmanager:${region}:secret:db-AbCdEf`
const machine = `arn:aws:states:${region}:stateMachine:Demo-Echo`

/** Each service with fields of its requests as they should be. */
const services = {
  secretsmanager: {
    target: 'secretsmanager',
    good: {
      SecretId: 'db',
      Name: 'db2',
      SecretString: '{}',
      ClientRequestToken: 'one',
      VersionStage: 'AWSCURRENT',
      VersionStages: ['AWSCURRENT'],
      VersionId: 'one',
      MoveToVersionId: 'one',
      RemoveFromVersionId: 'two',
      MaxResults: 10,
      NextToken: 'a',
      Tags: [{ Key: 'a', Value: 'b' }],
    },
  },
  ssm: {
    target: 'AmazonSSM',
    good: {
      Name: '/db',
      Names: ['/db', '/db:1'],
      Value: '1',
      Type: 'SecureString',
      Overwrite: true,
      Filters: [{ Key: 'Name', Values: ['/db'] }],
      ParameterFilters: [{ Key: 'Name', Option: 'Equals', Values: ['/db'] }],
      WithDecryption: true,
      MaxResults: 10,
      NextToken: 'a',
    },
  },
  ecs: {
    target: 'AmazonEC2ContainerServiceV20141113',
    good: {
      cluster: 'shop',
      clusterName: 'shop',
      clusters: ['shop'],
      service: 'web',
      serviceName: 'web',
      services: ['web'],
      taskDefinition: 'app',
      family: 'app',
      containerDefinitions: [{ name: 'app', image: 'app:1', secrets: [{ name: 'A', valueFrom: secret }] }],
      desiredCount: 1,
      forceNewDeployment: true,
      deploymentConfiguration: { maximumPercent: 200, minimumHealthyPercent: 100 },
      include: ['TAGS'],
      tasks: ['a'],
      tags: [{ key: 'a', value: 'b' }],
      maxResults: 10,
      nextToken: 'a',
    },
  },
  states: {
    target: 'AWSStepFunctions',
    good: {
      stateMachineArn: machine,
      executionArn: `arn:aws:states:${region}:execution:Demo-Echo:a`,
      input: '{}',
      name: 'a',
      output: '{}',
      error: 'E',
      cause: 'C',
      taskToken: 'a',
      statusFilter: 'RUNNING',
      reverseOrder: true,
      maxResults: 10,
      nextToken: 'a',
    },
  },
  events: {
    target: 'AWSEvents',
    good: {
      Entries: [{ Source: 'shop', DetailType: 'Placed', Detail: '{}', EventBusName: 'default', Time: 1 }],
    },
  },
  sqs: {
    target: 'AmazonSQS',
    good: {
      QueueUrl: 'Demo-Orders',
      QueueName: 'Demo-Orders',
      MessageBody: '{}',
      MessageAttributes: { a: { DataType: 'String', StringValue: 'b' } },
      Entries: [{ Id: '1', MessageBody: '{}', ReceiptHandle: 'a' }],
      ReceiptHandle: 'a',
      VisibilityTimeout: 1,
      DelaySeconds: 1,
      MaxNumberOfMessages: 10,
      AttributeNames: ['All'],
    },
  },
} as const

let stack: LocalStack
beforeAll(async () => {
  stack = await start({
    Echo: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: {
        StateMachineType: 'STANDARD',
        DefinitionString: JSON.stringify({
          QueryLanguage: 'JSONata',
          StartAt: 'Echo',
          States: { Echo: { Type: 'Pass', Output: '{% $states.input %}', End: true } },
        }),
      },
    },
    Function: inline('exports.handler = async () => ({ statusCode: 200, body: "1" })'),
    Orders: { Type: 'AWS::SQS::Queue', Properties: {} },
    Table: table,
    ...api({ POST: proxyOf('Function') }),
  })
  await send('secretsmanager', 'CreateSecret', { Name: 'db', SecretString: '1', ClientRequestToken: 'one' })
  await send('ssm', 'PutParameter', { Name: '/db', Value: '1', Type: 'String' })
  await send('ecs', 'CreateCluster', { clusterName: 'shop' })
})
afterAll(stopAll)

type Service = keyof typeof services

async function send(
  service: Service,
  action: string,
  body: unknown,
): Promise<{ status: number; text: string }> {
  const response = await fetch(stack.endpoints[service], {
    method: 'POST',
    headers: {
      'x-amz-target': `${services[service].target}.${action}`,
      'content-type': 'application/x-amz-json-1.1',
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, text: await response.text() }
}

/** The operations that a service has, by its own word. */
async function operationsOf(service: Service): Promise<readonly string[]> {
  const { text } = await send(service, 'None', '{}')
  const [, names = ''] = / has (.*)$/.exec(JSON.parse(text).message) ?? []
  return names.split(', ').filter(name => !name.startsWith('Receive'))
}

/** In the short tier a few, as all of them are sent to each service. */
const texts = tier === 'long' ? [...deepTexts, ...largeTexts] : [deepTexts[1]!, largeTexts[1]!]

/** A URL takes no control characters. */
const encodeControls = (path: string) => path.replaceAll(/[\p{Control}\s\\]/gu, encodeURIComponent)

/** What JSON can hold and little code expects. */
const odd: readonly unknown[] = [
  { toString: 1, valueOf: 1 },
  { length: 1e9 },
  [[['a']]],
  [null],
  JSON.parse('{"__proto__":{"a":1}}'),
  -1,
  1e300,
  '\u0000\ud800',
  '__proto__',
]

it.each(Object.keys(services) as Service[])(
  'no request is a fault of %s, whatever it holds',
  async service => {
    const operations = await operationsOf(service)
    expect(operations.length).toBeGreaterThan(0)
    const { good } = services[service]
    const faults = new Set<string>()
    const check = async (action: string, value: unknown) => {
      const { status, text } = await send(service, action, value)
      if (status >= 500)
        faults.add(`${action} ${String(JSON.stringify(value)).slice(0, 200)}: ${text.slice(0, 200)}`)
    }
    const names = Object.keys(good)
    const cases = operations.flatMap(action =>
      names.flatMap(name => odd.map(value => [action, name, value] as const)),
    )
    const chosen = tier === 'long' ? cases : fc.sample(fc.constantFrom(...cases), 30)
    for (const [action, name, value] of chosen) await check(action, { ...good, [name]: value })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...operations), fc.oneof(nearly(good), hostile), (action, value) =>
        check(action, value ?? null),
      ),
      { numRuns: runs(15, 1_000) },
    )
    const [action] = operations
    for (const text of texts)
      for (const body of [text, `{"${names[0]}":${text}}`, { ...good, [names[0]!]: text }])
        await check(action!, body)
    expect([...faults]).toEqual([])
  },
)

it('no request is a fault of Lambda, whatever it holds', async () => {
  const invocations = '/2015-03-31/functions/Demo-Function/invocations'
  const paths = fc.oneof(
    fc.constantFrom(
      invocations,
      `${invocations}?Qualifier=1`,
      '/2015-03-31/functions/None/invocations',
      '/2015-03-31/event-source-mappings/',
      '/2015-03-31/event-source-mappings?FunctionName=a&EventSourceArn=b',
      '/2015-03-31/event-source-mappings/a',
    ),
    hostileText.map(
      text => `/2015-03-31/functions/${text.toWellFormed().replaceAll(/[?#]/g, '')}/invocations`,
    ),
    hostileText.map(text => `/${text.toWellFormed()}`),
    fc.constantFrom('/%', '//', '/%00', '/2015-03-31/functions/%ff/invocations', '/..'),
  )
  const status = async (path: string, method: string, body: string) =>
    (
      await fetch(`${stack.endpoints.lambda}${encodeControls(path)}`, {
        method,
        body: method === 'GET' ? null : body,
      })
    ).status
  await fc.assert(
    fc.asyncProperty(paths, fc.constantFrom('POST', 'PUT', 'GET'), hostile, async (path, method, value) => {
      expect(await status(path, method, JSON.stringify(value) ?? '')).toBeLessThan(500)
    }),
    { numRuns: runs(30, 1_000) },
  )
  for (const text of texts) expect(await status(invocations, 'POST', text)).toBeLessThan(500)
})
