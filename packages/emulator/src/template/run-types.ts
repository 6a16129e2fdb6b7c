import type { PropertyList } from './properties.ts'

/** The part of this machine's stack that runs resources of a type. */
export type Part = 'tables' | 'functions' | 'machines' | 'apis' | 'buses' | 'queues'

/** A type that runs. Where no properties are listed, the part itself has the list, and refuses the others. */
interface RunType {
  readonly part: Part
  readonly properties?: PropertyList
}

const tags = { Tags: 'nothing asks for tags' }
const role = { Role: 'nothing is authorised here' }

const table: RunType = {
  part: 'tables',
  properties: {
    supported: [
      'TableName',
      'KeySchema',
      'AttributeDefinitions',
      'BillingMode',
      'ProvisionedThroughput',
      'GlobalSecondaryIndexes',
      'LocalSecondaryIndexes',
      'Replicas',
    ],
    ignored: {
      ...tags,
      TimeToLiveSpecification: 'expired items stay, as they may for days in an account',
      StreamSpecification: 'nothing here can read a stream: an event source mapping of one is refused',
      PointInTimeRecoverySpecification: 'nothing outlives the process',
      SSESpecification: 'nothing is written to a disk',
      DeletionProtectionEnabled: 'nobody deletes the table',
      TableClass: 'it changes the price only',
      OnDemandThroughput: 'nothing is throttled',
      WarmThroughput: 'nothing is throttled',
      WriteProvisionedThroughputSettings: 'nothing is throttled',
      WriteOnDemandThroughputSettings: 'nothing is throttled',
      ContributorInsightsSpecification: 'there are no metrics',
      ResourcePolicy: 'nothing is authorised here',
    },
  },
}

const restApiParts = [
  'RestApi',
  'Resource',
  'Method',
  'Deployment',
  'Stage',
  'Model',
  'RequestValidator',
  'ApiKey',
  'UsagePlan',
  'UsagePlanKey',
  'GatewayResponse',
]

/** Types that run. */
export const runTypes: Readonly<Record<string, RunType>> = {
  'AWS::DynamoDB::Table': table,
  'AWS::DynamoDB::GlobalTable': table,
  'AWS::Lambda::Function': {
    part: 'functions',
    properties: {
      supported: [
        'Code',
        'Environment',
        'FunctionName',
        'Handler',
        'MemorySize',
        'PackageType',
        'ReservedConcurrentExecutions',
        'Runtime',
        'Timeout',
      ],
      ignored: {
        ...tags,
        ...role,
        Architectures: 'this machine has one',
        Description: 'it only tells',
        EphemeralStorage: 'the disk is this machine’s',
        KmsKeyArn: 'nothing is written to a disk',
        LoggingConfig: 'logs go where the stack is told',
        RecursiveLoop: 'loops are not looked for',
        RuntimeManagementConfig: 'the runtime is this machine’s Node',
        TracingConfig: 'there are no traces',
      },
    },
  },
  'AWS::StepFunctions::StateMachine': {
    part: 'machines',
    properties: {
      supported: [
        'Definition',
        'DefinitionString',
        'DefinitionS3Location',
        'DefinitionSubstitutions',
        'StateMachineName',
        'StateMachineType',
      ],
      ignored: {
        ...tags,
        RoleArn: 'nothing is authorised here',
        LoggingConfiguration: 'the execution history is at hand',
        TracingConfiguration: 'there are no traces',
        EncryptionConfiguration: 'nothing is written to a disk',
      },
    },
  },
  ...Object.fromEntries(restApiParts.map(name => [`AWS::ApiGateway::${name}`, { part: 'apis' } as const])),
  'AWS::Events::EventBus': {
    part: 'buses',
    properties: {
      supported: ['Name'],
      ignored: {
        ...tags,
        Description: 'it only tells',
        KmsKeyIdentifier: 'nothing is written to a disk',
        LogConfig: 'what is dropped is told to the stack',
        Policy: 'nothing is authorised here',
      },
    },
  },
  'AWS::Events::Rule': { part: 'buses' },
  'AWS::SQS::Queue': { part: 'queues' },
  'AWS::Lambda::EventSourceMapping': { part: 'queues' },
}

/** Types that are understood, may be referred to, and do nothing here; with the reason. */
export const quietTypes: Readonly<Record<string, string>> = {
  'AWS::ApiGateway::Account': 'it lets API Gateway write logs',
  'AWS::CDK::Metadata': 'it tells which constructs were used',
  'AWS::CloudWatch::Alarm': 'there are no metrics',
  'AWS::CloudWatch::CompositeAlarm': 'there are no metrics',
  'AWS::CloudWatch::Dashboard': 'there are no metrics',
  'AWS::Events::EventBusPolicy': 'nothing is authorised here',
  'AWS::IAM::ManagedPolicy': 'nothing is authorised here',
  'AWS::IAM::Policy': 'nothing is authorised here',
  'AWS::IAM::Role': 'nothing is authorised here',
  'AWS::KMS::Alias': 'nothing is written to a disk',
  'AWS::KMS::Key': 'nothing is written to a disk',
  'AWS::Lambda::Alias': 'it stands for the function as it is',
  'AWS::Lambda::Permission': 'nothing is authorised here',
  'AWS::Lambda::Version': 'it stands for the function as it is',
  'AWS::Logs::LogGroup': 'logs go where the stack is told',
  'AWS::Logs::MetricFilter': 'there are no metrics',
  'AWS::Logs::ResourcePolicy': 'nothing is authorised here',
  'AWS::SNS::Subscription': 'messages of topics are told to the log',
  'AWS::SNS::Topic': 'messages of topics are told to the log',
  'AWS::SNS::TopicPolicy': 'nothing is authorised here',
  'AWS::SQS::QueuePolicy': 'nothing is authorised here',
  'AWS::SSM::Parameter': 'its value is known where it is referred to',
}
