import { type Input, ServiceError } from '../aws/json-service.ts'
import { pageOf } from '../aws/pages.ts'
import { given, seconds } from './describe.ts'
import { latestOf, type Parameter, reader } from './parameter-types.ts'

/** Tells of parameters, but for their values. */
export function describeParameters(all: Iterable<Parameter>, input: Input, user: string) {
  reader.only(input, ['ParameterFilters', 'MaxResults', 'NextToken', 'Shared'])
  const tests = (reader.objects(input, 'ParameterFilters') ?? []).map(testOf)
  const found = [...all].filter(parameter => tests.every(test => test(parameter)))
  const size = reader.whole(input, 'MaxResults', 1, 50) ?? 10
  const page = pageOf(found, size, reader.optional(input, 'NextToken'), ({ name }) => name)
  if (!page) throw new ServiceError('InvalidNextToken', 'The specified token is not valid.')
  const Parameters = page.items.map(parameter => shown(parameter, user))
  return given({ Parameters, NextToken: page.token })
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
  // Names are told with their leading slash and searched without heed of it.
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
  return given({
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
