import { startStack } from './stack.ts'
import type { LocalStack, StackOptions } from './stack-options.ts'
import type { StackTemplate } from './types.ts'

/** Resources by logical id, as a template has them. */
export type Resources = Record<string, { Type: string; [attribute: string]: unknown }>

const stacks: LocalStack[] = []

/** Starts stacks of resources; the stack is named Demo where only one is given. */
export async function start(resources: Resources, options: StackOptions = {}): Promise<LocalStack> {
  return startAll([{ name: 'Demo', template: { Resources: resources } }], options)
}

export async function startAll(
  templates: readonly StackTemplate[],
  options: StackOptions = {},
): Promise<LocalStack> {
  const stack = await startStack(templates, options)
  stacks.push(stack)
  return stack
}

/** Stops what was started. */
export async function stopAll(): Promise<void> {
  await Promise.all(stacks.splice(0).map(stack => stack.close()))
}

/** A function of inline code. */
export function inline(ZipFile: string, properties: Record<string, unknown> = {}) {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile },
      Timeout: 20,
      ...properties,
    },
  }
}

export const table = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    BillingMode: 'PAY_PER_REQUEST',
    Tags: [{ Key: 'owner', Value: 'tests' }],
  },
}

/** Puts the item it is given, and answers how many there are. */
export const keeper = inline(
  `const { DynamoDBClient, PutItemCommand, ScanCommand } = require('@aws-sdk/client-dynamodb')
  const client = new DynamoDBClient({})
  exports.handler = async ({ id }) => {
    if (id === 'bad') throw new RangeError('no such id')
    const TableName = process.env.TABLE
    await client.send(new PutItemCommand({ TableName, Item: { id: { S: id } } }))
    const { Count } = await client.send(new ScanCommand({ TableName }))
    return { id, count: Count, by: process.env.AWS_LAMBDA_FUNCTION_NAME }
  }`,
  { Environment: { Variables: { TABLE: { Ref: 'Table' } } }, MemorySize: 256 },
)

/** An API whose methods are at its root, by their names. */
export function api(methods: Record<string, Record<string, unknown>>): Resources {
  const RestApiId = { Ref: 'Api' }
  const ResourceId = { 'Fn::GetAtt': ['Api', 'RootResourceId'] }
  const entries = Object.entries(methods).map(([HttpMethod, Integration]) => {
    const MethodResponses = [{ StatusCode: '200' }, { StatusCode: '400' }]
    const Properties = {
      RestApiId,
      ResourceId,
      HttpMethod,
      AuthorizationType: 'NONE',
      MethodResponses,
      Integration,
    }
    return [`Api${HttpMethod}`, { Type: 'AWS::ApiGateway::Method', Properties }] as const
  })
  return {
    Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'shop' } },
    ...Object.fromEntries(entries),
    Deployment: {
      Type: 'AWS::ApiGateway::Deployment',
      Properties: { RestApiId },
      DependsOn: entries.map(([id]) => id),
    },
    Stage: {
      Type: 'AWS::ApiGateway::Stage',
      Properties: { RestApiId, DeploymentId: { Ref: 'Deployment' }, StageName: 'prod' },
    },
  }
}

/** Calls the function of that logical id with the whole request. */
export function proxyOf(id: string) {
  const path = `arn:\${AWS::Partition}:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${${id}.Arn}/invocations`
  return { Type: 'AWS_PROXY', IntegrationHttpMethod: 'POST', Uri: { 'Fn::Sub': path } }
}
