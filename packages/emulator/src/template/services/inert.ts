import { arnOf, idAttribute, type NamedResource, nameOf, physicalId } from '../naming.ts'
import type { ResourceType } from '../service.ts'

const unauthorised = 'nothing is authorised here'
const noMetrics = 'there are no metrics'
const noDisk = 'nothing is written to a disk'
const toLog = 'messages of topics go to the log'

const subscriptionArn = ({ name, property }: NamedResource) => `${property('TopicArn')}:${name}`
const connectionId = ({ stack, id, name }: NamedResource) => `${name}/${physicalId(stack, id)}`
const connectionArn = arnOf('events', resource => `connection/${connectionId(resource)}`)
const policyArn = ({ account, name }: NamedResource) => `arn:aws:iam::${account}:policy/${name}`

/** Types that are understood, may be referred to, and do nothing here. */
export const inertTypes: Readonly<Record<string, ResourceType>> = {
  'AWS::ApiGateway::Account': { inert: 'it lets API Gateway write logs', naming: idAttribute('Id') },
  'AWS::CDK::Metadata': { inert: 'it tells which constructs were used', naming: {} },
  'AWS::CloudWatch::Alarm': {
    inert: noMetrics,
    naming: { nameProperty: 'AlarmName', arn: arnOf('cloudwatch', ({ name }) => `alarm:${name}`) },
  },
  'AWS::CloudWatch::CompositeAlarm': {
    inert: noMetrics,
    naming: { nameProperty: 'AlarmName', arn: arnOf('cloudwatch', ({ name }) => `alarm:${name}`) },
  },
  'AWS::CloudWatch::Dashboard': { inert: noMetrics, naming: { nameProperty: 'DashboardName' } },
  'AWS::Events::Connection': {
    inert: 'HTTP tasks call without the authorisation that it would add',
    naming: {
      nameProperty: 'Name',
      maxLength: 64,
      arn: connectionArn,
      attributes: {
        ArnForPolicy: connectionArn,
        SecretArn: arnOf('secretsmanager', resource => `secret:events!connection/${connectionId(resource)}`),
      },
    },
  },
  'AWS::Events::EventBusPolicy': { inert: unauthorised, naming: {} },
  'AWS::IAM::ManagedPolicy': {
    inert: unauthorised,
    naming: { nameProperty: 'ManagedPolicyName', ref: policyArn, attributes: { PolicyArn: policyArn } },
  },
  'AWS::IAM::Policy': { inert: unauthorised, naming: { nameProperty: 'PolicyName' } },
  'AWS::IAM::Role': {
    inert: unauthorised,
    naming: {
      nameProperty: 'RoleName',
      maxLength: 64,
      arn: ({ account, name, property }) => `arn:aws:iam::${account}:role${property('Path') ?? '/'}${name}`,
      attributes: {
        RoleId: ({ stack, id }) => `AROA${physicalId(stack, id).slice(0, 8).toUpperCase()}`,
      },
    },
  },
  'AWS::KMS::Alias': { inert: noDisk, naming: { nameProperty: 'AliasName' } },
  'AWS::KMS::Key': {
    inert: noDisk,
    naming: {
      generated: ({ stack, id }) => physicalId(stack, id),
      arn: arnOf('kms', ({ name }) => `key/${name}`),
      attributes: { KeyId: nameOf },
    },
  },
  'AWS::Lambda::Permission': { inert: unauthorised, naming: {} },
  'AWS::Logs::LogGroup': {
    inert: 'logs go where the options of the stack say',
    naming: { nameProperty: 'LogGroupName', arn: arnOf('logs', ({ name }) => `log-group:${name}:*`) },
  },
  'AWS::Logs::MetricFilter': { inert: noMetrics, naming: { nameProperty: 'FilterName' } },
  'AWS::Logs::ResourcePolicy': { inert: unauthorised, naming: { nameProperty: 'PolicyName' } },
  'AWS::SNS::Subscription': {
    inert: toLog,
    naming: {
      generated: ({ stack, id }) => physicalId(stack, id),
      ref: subscriptionArn,
      attributes: { Arn: subscriptionArn },
    },
  },
  'AWS::SNS::TopicPolicy': { inert: unauthorised, naming: idAttribute('Id') },
  'AWS::SQS::QueuePolicy': { inert: unauthorised, naming: idAttribute('Id') },
  'AWS::SSM::Parameter': {
    inert: 'its value is known where it is referred to',
    naming: {
      nameProperty: 'Name',
      attributes: {
        Type: ({ property }) => property('Type') ?? 'String',
        Value: ({ property }) => property('Value') ?? '',
      },
    },
  },
}
