import { physicalId, physicalName } from './services/physical-name.ts'
import type { Place } from './types.ts'

/** What a resource's names and ARNs are made of. */
export interface Subject extends Place {
  readonly stack: string
  readonly id: string
  /** Its name. */
  readonly name: string
  /** A property as text, resolved when asked for; undefined if it is not there. */
  property(name: string): string | undefined
}

type Naming = (subject: Subject) => string

/** How resources of one type are called and what `Ref` and `Fn::GetAtt` of them are. */
export interface Identity {
  /** The property that holds an explicit name. */
  readonly nameProperty?: string
  /** The longest name that is made up. @default 255 */
  readonly maxLength?: number
  /** Makes up a name. @default of stack and logical id */
  readonly madeUp?: (subject: Omit<Subject, 'name'>) => string
  readonly arn?: Naming
  /** @default the name */
  readonly ref?: Naming
  /** What Fn::GetAtt knows, beside `Arn` where there is one. */
  readonly attributes?: Readonly<Record<string, Naming>>
}

const arn =
  (service: string, rest: (subject: Subject) => string): Naming =>
  subject =>
    `arn:aws:${service}:${subject.region}:${subject.account}:${rest(subject)}`

const named = ({ name }: Subject) => name
const ruleBus = ({ property }: Subject) => (property('EventBusName') ?? 'default').split('/').at(-1)!
const ruleBefore = (subject: Subject, separator: string) =>
  ruleBus(subject) === 'default' ? '' : `${ruleBus(subject)}${separator}`
const functionArn = (subject: Subject) => {
  const name = subject.property('FunctionName') ?? ''
  return name.startsWith('arn:')
    ? name
    : `arn:aws:lambda:${subject.region}:${subject.account}:function:${name}`
}
const subscriptionArn: Naming = ({ name, property }) => `${property('TopicArn')}:${name}`
const queueUrl: Naming = ({ queueOrigin, account, name }) => `${queueOrigin}/${account}/${name}`

const table: Identity = {
  nameProperty: 'TableName',
  arn: arn('dynamodb', ({ name }) => `table/${name}`),
  attributes: {
    StreamArn: arn('dynamodb', ({ name }) => `table/${name}/stream/2000-01-01T00:00:00.000`),
    TableId: ({ stack, id }) => physicalId(stack, id),
  },
}

/** A part of a REST API, whose id is its own attribute as well. */
const part = (attribute: string): Identity => ({ attributes: { [attribute]: named } })

/** How resources are called, by type. Ids that an account makes up are made of stack and logical id. */
export const identities: Readonly<Record<string, Identity>> = {
  'AWS::DynamoDB::Table': table,
  'AWS::DynamoDB::GlobalTable': table,
  'AWS::Lambda::Function': {
    nameProperty: 'FunctionName',
    maxLength: 64,
    arn: arn('lambda', ({ name }) => `function:${name}`),
  },
  'AWS::Lambda::Version': {
    ref: subject => `${functionArn(subject)}:1`,
    attributes: { Version: () => '1', FunctionArn: subject => `${functionArn(subject)}:1` },
  },
  'AWS::Lambda::Alias': {
    ref: subject => `${functionArn(subject)}:${subject.property('Name')}`,
    attributes: { AliasArn: subject => `${functionArn(subject)}:${subject.property('Name')}` },
  },
  'AWS::Lambda::EventSourceMapping': {
    madeUp: ({ stack, id }) => physicalId(stack, id),
    attributes: {
      Id: named,
      EventSourceMappingArn: arn('lambda', ({ name }) => `event-source-mapping:${name}`),
    },
  },
  'AWS::Lambda::Permission': {},
  'AWS::StepFunctions::StateMachine': {
    nameProperty: 'StateMachineName',
    maxLength: 80,
    arn: arn('states', ({ name }) => `stateMachine:${name}`),
    ref: arn('states', ({ name }) => `stateMachine:${name}`),
    attributes: { Name: named, StateMachineRevisionId: () => 'INITIAL' },
  },
  'AWS::ApiGateway::RestApi': {
    attributes: { RestApiId: named, RootResourceId: ({ name }) => `${name}.RootResourceId` },
  },
  'AWS::ApiGateway::Resource': part('ResourceId'),
  'AWS::ApiGateway::Method': {},
  'AWS::ApiGateway::Deployment': part('DeploymentId'),
  'AWS::ApiGateway::Stage': { nameProperty: 'StageName' },
  'AWS::ApiGateway::Model': { nameProperty: 'Name' },
  'AWS::ApiGateway::RequestValidator': part('RequestValidatorId'),
  'AWS::ApiGateway::ApiKey': part('APIKeyId'),
  'AWS::ApiGateway::UsagePlan': part('Id'),
  'AWS::ApiGateway::UsagePlanKey': part('Id'),
  'AWS::ApiGateway::GatewayResponse': part('Id'),
  'AWS::ApiGateway::Account': part('Id'),
  'AWS::Events::EventBus': {
    nameProperty: 'Name',
    arn: arn('events', ({ name }) => `event-bus/${name}`),
    attributes: { Name: named },
  },
  'AWS::Events::Rule': {
    nameProperty: 'Name',
    maxLength: 64,
    arn: arn('events', subject => `rule/${ruleBefore(subject, '/')}${subject.name}`),
    ref: subject => `${ruleBefore(subject, '|')}${subject.name}`,
  },
  'AWS::Events::EventBusPolicy': {},
  'AWS::SNS::Topic': {
    nameProperty: 'TopicName',
    madeUp: ({ stack, id, property }) =>
      physicalName(stack, id, 256, property('FifoTopic') === 'true' ? '.fifo' : ''),
    ref: arn('sns', named),
    attributes: { TopicArn: arn('sns', named), TopicName: named },
  },
  'AWS::SNS::TopicPolicy': part('Id'),
  'AWS::SNS::Subscription': {
    madeUp: ({ stack, id }) => physicalId(stack, id),
    ref: subscriptionArn,
    attributes: { Arn: subscriptionArn },
  },
  'AWS::SQS::Queue': {
    nameProperty: 'QueueName',
    madeUp: ({ stack, id, property }) =>
      physicalName(stack, id, 80, property('FifoQueue') === 'true' ? '.fifo' : ''),
    arn: arn('sqs', named),
    ref: queueUrl,
    attributes: { QueueName: named, QueueUrl: queueUrl },
  },
  'AWS::SQS::QueuePolicy': part('Id'),
  'AWS::IAM::Role': {
    nameProperty: 'RoleName',
    maxLength: 64,
    arn: ({ account, name, property }) => `arn:aws:iam::${account}:role${property('Path') ?? '/'}${name}`,
    attributes: { RoleId: ({ stack, id }) => `AROA${physicalId(stack, id).slice(0, 8).toUpperCase()}` },
  },
  'AWS::IAM::Policy': { nameProperty: 'PolicyName' },
  'AWS::IAM::ManagedPolicy': {
    nameProperty: 'ManagedPolicyName',
    ref: ({ account, name }) => `arn:aws:iam::${account}:policy/${name}`,
    attributes: { PolicyArn: ({ account, name }) => `arn:aws:iam::${account}:policy/${name}` },
  },
  'AWS::Logs::LogGroup': {
    nameProperty: 'LogGroupName',
    arn: arn('logs', ({ name }) => `log-group:${name}:*`),
  },
  'AWS::Logs::ResourcePolicy': { nameProperty: 'PolicyName' },
  'AWS::Logs::MetricFilter': { nameProperty: 'FilterName' },
  'AWS::CloudWatch::Alarm': {
    nameProperty: 'AlarmName',
    arn: arn('cloudwatch', ({ name }) => `alarm:${name}`),
  },
  'AWS::CloudWatch::CompositeAlarm': {
    nameProperty: 'AlarmName',
    arn: arn('cloudwatch', ({ name }) => `alarm:${name}`),
  },
  'AWS::CloudWatch::Dashboard': { nameProperty: 'DashboardName' },
  'AWS::KMS::Key': {
    madeUp: ({ stack, id }) => physicalId(stack, id),
    arn: arn('kms', ({ name }) => `key/${name}`),
    attributes: { KeyId: named },
  },
  'AWS::KMS::Alias': { nameProperty: 'AliasName' },
  'AWS::SSM::Parameter': {
    nameProperty: 'Name',
    attributes: {
      Type: ({ property }) => property('Type') ?? 'String',
      Value: ({ property }) => property('Value') ?? '',
    },
  },
  'AWS::CDK::Metadata': {},
}
