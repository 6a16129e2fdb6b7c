import { type Input, ServiceError } from '../aws/json-service.ts'
import { pageOf } from '../aws/pages.ts'
import { definedOnly, RequestReader, seconds } from '../aws/protocol.ts'

/** Reads requests, with the code that Parameter Store refuses parameters by. */
export const reader = new RequestReader('ValidationException')

export const types = ['String', 'StringList', 'SecureString']

/** One version of a parameter. */
export interface ParameterVersion {
  readonly version: number
  readonly value: string
  readonly type: string
  readonly description: string | undefined
  readonly tier: string
  readonly dataType: string
  readonly keyId: string | undefined
  readonly modifiedAt: number
}

export interface Parameter {
  readonly name: string
  readonly arn: string
  /** The oldest first. */
  readonly versions: ParameterVersion[]
}

export function latestOf({ versions }: Parameter): ParameterVersion {
  return versions.at(-1)!
}

const names = ['Name', 'Value', 'Type', 'Description', 'Overwrite', 'Tags', 'Tier', 'DataType', 'KeyId']

/** The version that a request puts. */
export function versionOf(input: Input, existing: Parameter | undefined, now: number): ParameterVersion {
  reader.only(input, names)
  const before = existing && latestOf(existing)
  if (before && reader.flag(input, 'Overwrite') !== true) {
    throw new ServiceError(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    )
  }
  const type = reader.optional(input, 'Type') ?? before?.type
  if (type === undefined) {
    throw reader.refuse('A parameter type is required when you create a parameter.')
  }
  if (!types.includes(type)) throw reader.refuse(`Type must be one of [${types.join(', ')}]`)
  return {
    version: (before?.version ?? 0) + 1,
    value: reader.text(input, 'Value'),
    type,
    description: reader.optional(input, 'Description') ?? before?.description,
    tier: reader.optional(input, 'Tier') ?? before?.tier ?? 'Standard',
    dataType: reader.optional(input, 'DataType') ?? before?.dataType ?? 'text',
    keyId: type === 'SecureString' ? (reader.optional(input, 'KeyId') ?? 'alias/aws/ssm') : undefined,
    modifiedAt: now,
  }
}

/** The name that a request puts; a parameter in a hierarchy begins with a slash. */
export function newName(input: Input): string {
  const name = reader.text(input, 'Name')
  if (!/^[\w./-]{1,1011}$/.test(name)) {
    throw reader.refuse('Parameter name: can only contain letters, numbers, and . - _ /')
  }
  if (name.includes('/') && !name.startsWith('/')) {
    throw reader.refuse('Parameter name must be a fully qualified name.')
  }
  return name
}

/** The answer of DescribeParameters: everything but the values. */
export function describeParameters(all: Iterable<Parameter>, input: Input, user: string) {
  reader.only(input, ['ParameterFilters', 'MaxResults', 'NextToken', 'Shared'])
  const tests = (reader.objects(input, 'ParameterFilters') ?? []).map(testOf)
  const found = [...all].filter(parameter => tests.every(test => test(parameter)))
  const size = reader.whole(input, 'MaxResults', 1, 50) ?? 10
  const page = pageOf(found, size, reader.optional(input, 'NextToken'), ({ name }) => name)
  if (!page) throw new ServiceError('InvalidNextToken', 'The specified token is not valid.')
  const Parameters = page.items.map(parameter => shown(parameter, user))
  return definedOnly({ Parameters, NextToken: page.token })
}

const matchers: Readonly<Record<string, (text: string, value: string) => boolean>> = {
  Equals: (text, value) => text === value,
  BeginsWith: (text, value) => text.startsWith(value),
  Contains: (text, value) => text.includes(value),
}

function testOf(filter: Input): (parameter: Parameter) => boolean {
  const { Key, Option = 'Equals' } = filter
  const values = reader.texts(filter, 'Values')
  const matches = matchers[String(Option)]
  if (!matches) throw new ServiceError('InvalidFilterOption', `The filter option ${Option} is not valid.`)
  if (values.length === 0) {
    throw new ServiceError('InvalidFilterValue', 'The following filter values are missing : null')
  }
  // Names are answered with their leading slash, and searched without it.
  if (Key === 'Name') return ({ name }) => values.some(value => matches(bare(name), bare(value)))
  if (Key === 'Type') return parameter => values.some(value => matches(latestOf(parameter).type, value))
  if (!/^(tag:.+|KeyId|Path|Label|Tier|DataType)$/.test(String(Key))) {
    throw reader.refuse(`Value '${Key}' at 'parameterFilters.key' failed to satisfy constraint.`)
  }
  throw new ServiceError('InvalidFilterKey', `The filter ${Key} is not supported locally (Name and Type are)`)
}

function bare(name: string): string {
  return name.replace(/^\//, '')
}

function shown(parameter: Parameter, user: string) {
  const latest = latestOf(parameter)
  return definedOnly({
    Name: parameter.name,
    ARN: parameter.arn,
    Type: latest.type,
    KeyId: latest.keyId,
    LastModifiedDate: seconds(latest.modifiedAt),
    LastModifiedUser: user,
    Description: latest.description,
    Version: latest.version,
    Tier: latest.tier,
    Policies: [],
    DataType: latest.dataType,
  })
}
