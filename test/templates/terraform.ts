// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are references of Terraform
import { substitutions } from './circuits.ts'
import { Block, Expression, hclOf, jsonencode } from './hcl.ts'
import type { Json, PlainTemplate } from './plain.ts'

/** The same as a module of Terraform; it expects the bundles in build/, and the definition beside it. */
export function terraformModule(plain: PlainTemplate): string {
  const terraform = new Terraform(plain)
  return hclOf([
    new Block('terraform', {
      required_providers: new Block('required_providers', {
        archive: { source: 'hashicorp/archive', version: '~> 2.4' },
        aws: { source: 'hashicorp/aws', version: '~> 6.0' },
      }),
    }),
    new Block('variable "name"', {
      type: new Expression('string'),
      default: 'breakwater',
      description: 'First part of the names of all resources',
    }),
    ...Object.entries(plain.Parameters)
      .filter(([name]) => !name.startsWith('Code'))
      .map(
        ([name, { Description }]) =>
          new Block(`variable "${snake(name)}"`, {
            type: new Expression('string'),
            description: Description,
          }),
      ),
    new Block('data "aws_caller_identity" "current"', {}),
    new Block('data "aws_partition" "current"', {}),
    new Block('data "aws_region" "current"', {}),
    new Block('data "archive_file" "functions"', {
      type: 'zip',
      source_dir: '${path.module}/build',
      output_path: '${path.module}/functions.zip',
    }),
    ...Object.keys(plain.Resources).map(id => terraform.block(id)),
    ...Object.entries(plain.Outputs).map(
      ([name, { Value }]) => new Block(`output "${snake(name)}"`, { value: terraform.value(Value) }),
    ),
  ])
}

const snake = (name: string) => name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase()
const kebab = (name: string) => snake(name).replaceAll('_', '-')

/** Types of CloudFormation, by those of Terraform. */
const types = {
  'AWS::DynamoDB::Table': 'aws_dynamodb_table',
  'AWS::IAM::Policy': 'aws_iam_role_policy',
  'AWS::IAM::Role': 'aws_iam_role',
  'AWS::Lambda::Function': 'aws_lambda_function',
  'AWS::Logs::LogGroup': 'aws_cloudwatch_log_group',
  'AWS::StepFunctions::StateMachine': 'aws_sfn_state_machine',
} as const

/** What Ref is, where it is not the name. */
const refs: Readonly<Record<string, string>> = {
  'AWS::IAM::Role': 'id',
  'AWS::Lambda::Function': 'function_name',
  'AWS::StepFunctions::StateMachine': 'arn',
}

const pseudo: Readonly<Record<string, string>> = {
  'AWS::AccountId': 'data.aws_caller_identity.current.account_id',
  'AWS::Partition': 'data.aws_partition.current.partition',
  'AWS::Region': 'data.aws_region.current.region',
  'AWS::StackName': 'var.name',
}

/** A resource whose properties hold references. */
interface Resource {
  readonly id: string
  readonly properties: Json
}

/** Makes blocks of resources. */
class Terraform {
  readonly #plain: PlainTemplate

  constructor(plain: PlainTemplate) {
    this.#plain = plain
  }

  block(id: string): Block {
    const { Type, Properties = {}, DependsOn = [], DeletionPolicy } = this.#plain.Resources[id]
    const body = this.#bodies[Type as keyof typeof types]({ id, properties: this.value(Properties) })
    const depends = [DependsOn].flat().map((one: string) => new Expression(this.#address(one)))
    return new Block(`resource "${this.#address(id).replace('.', '" "')}"`, {
      ...body,
      depends_on: depends.length > 0 ? depends : undefined,
      ...(DeletionPolicy === 'Retain' && { lifecycle: new Block('lifecycle', { prevent_destroy: true }) }),
    })
  }

  /** A value with references in place of intrinsic functions. */
  value(value: Json): Json {
    if (typeof value === 'string') return value.replaceAll('${', '$${')
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map(one => this.value(one))
    const { Ref, 'Fn::GetAtt': attribute, 'Fn::Sub': sub } = value
    if (Ref) return new Expression(this.#ref(Ref))
    if (attribute) return this.#attribute(attribute)
    if (sub) return sub.replace(/\$\{(!?[^}]+)\}/g, (_: string, name: string) => this.#inText(name))
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, this.value(one)]))
  }

  #inText(name: string): string {
    if (name.startsWith('!')) return `$\${${name.slice(1)}}`
    const [id = '', attribute] = name.split('.')
    return `\${${attribute ? `${this.#address(id)}.${snake(attribute)}` : this.#ref(name)}}`
  }

  #ref(name: string): string {
    if (pseudo[name]) return pseudo[name]
    const { Type } = this.#plain.Resources[name] ?? {}
    return Type ? `${this.#address(name)}.${refs[Type] ?? 'name'}` : `var.${snake(name)}`
  }

  #attribute([id, attribute]: readonly [string, string]): Expression {
    const text = `${this.#address(id)}.${snake(attribute)}`
    // In Terraform the ARN of a log group has no :* for its streams.
    const isLogGroup = this.#plain.Resources[id].Type === 'AWS::Logs::LogGroup'
    return new Expression(isLogGroup ? `"\${${text}}:*"` : text)
  }

  #address(id: string): string {
    return `${types[this.#plain.Resources[id].Type as keyof typeof types]}.${snake(id)}`
  }

  readonly #bodies: Readonly<
    Record<keyof typeof types, (resource: Resource) => Readonly<Record<string, unknown>>>
  > = {
    'AWS::DynamoDB::Table': ({ properties }) => tableOf(properties),
    'AWS::IAM::Policy': ({ properties }) => ({
      role: properties.Roles[0],
      policy: jsonencode(properties.PolicyDocument),
    }),
    'AWS::IAM::Role': ({ id, properties }) => ({
      name: nameOf(id),
      assume_role_policy: jsonencode(properties.AssumeRolePolicyDocument),
    }),
    'AWS::Lambda::Function': ({ id, properties }) => functionOf(nameOf(id), properties),
    'AWS::Logs::LogGroup': ({ id, properties }) => ({
      name: properties.LogGroupName ?? `/aws/lambda/${nameOf(id.replace(/Logs$/, ''))}`,
      retention_in_days: properties.RetentionInDays,
    }),
    'AWS::StepFunctions::StateMachine': ({ id, properties }) => this.#machine(nameOf(id), properties),
  }

  #machine(name: string, properties: Json): Readonly<Record<string, unknown>> {
    const { Destinations, IncludeExecutionData, Level } = properties.LoggingConfiguration
    const values = Object.entries(substitutions).map(
      ([key, one]) => `  ${key.padEnd(12)} = ${this.value(one).text}\n`,
    )
    return {
      name,
      type: properties.StateMachineType,
      role_arn: properties.RoleArn,
      definition: new Expression(`templatefile("\${path.module}/charge.asl.json", {\n${values.join('')}})`),
      logging_configuration: new Block('logging_configuration', {
        log_destination: Destinations[0].CloudWatchLogsLogGroup.LogGroupArn,
        include_execution_data: IncludeExecutionData,
        level: Level,
      }),
      tracing_configuration: new Block('tracing_configuration', {
        enabled: properties.TracingConfiguration.Enabled,
      }),
    }
  }
}

const nameOf = (id: string) => `\${var.name}-${kebab(id)}`

function tableOf(properties: Json): Readonly<Record<string, unknown>> {
  const { AttributeDefinitions, KeySchema, StreamSpecification, TimeToLiveSpecification } = properties
  const keyOf = (type: string) => KeySchema.find((one: Json) => one.KeyType === type)?.AttributeName
  const attributes = AttributeDefinitions.map(({ AttributeName, AttributeType }: Json) => [
    `attribute ${AttributeName}`,
    new Block('attribute', { name: AttributeName, type: AttributeType }),
  ])
  return {
    name: '${var.name}-circuits',
    billing_mode: properties.BillingMode,
    hash_key: keyOf('HASH'),
    range_key: keyOf('RANGE'),
    stream_enabled: true,
    stream_view_type: StreamSpecification.StreamViewType,
    ...Object.fromEntries(attributes),
    ttl: new Block('ttl', {
      attribute_name: TimeToLiveSpecification.AttributeName,
      enabled: TimeToLiveSpecification.Enabled,
    }),
    point_in_time_recovery: new Block('point_in_time_recovery', {
      enabled: properties.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled,
    }),
    server_side_encryption: new Block('server_side_encryption', {
      enabled: properties.SSESpecification.SSEEnabled,
    }),
  }
}

function functionOf(name: string, properties: Json): Readonly<Record<string, unknown>> {
  const { LoggingConfig } = properties
  return {
    function_name: name,
    description: properties.Description,
    role: properties.Role,
    runtime: properties.Runtime,
    architectures: properties.Architectures,
    handler: properties.Handler,
    filename: new Expression('data.archive_file.functions.output_path'),
    source_code_hash: new Expression('data.archive_file.functions.output_base64sha256'),
    memory_size: properties.MemorySize,
    timeout: properties.Timeout,
    environment: new Block('environment', { variables: properties.Environment.Variables }),
    logging_config: new Block('logging_config', {
      log_format: LoggingConfig.LogFormat,
      log_group: LoggingConfig.LogGroup,
    }),
    tracing_config: new Block('tracing_config', { mode: properties.TracingConfig.Mode }),
  }
}
