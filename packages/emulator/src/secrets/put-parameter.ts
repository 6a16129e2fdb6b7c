import { type Input, ServiceError } from '../aws/json-service.ts'
import { latestOf, type Parameter, type ParameterVersion, reader, types } from './parameter-types.ts'

const names = ['Name', 'Value', 'Type', 'Description', 'Overwrite', 'Tags', 'Tier', 'DataType', 'KeyId']

/** The version that a request puts. */
export function versionOf(input: Input, there: Parameter | undefined, now: number): ParameterVersion {
  reader.only(input, names)
  const before = there && latestOf(there)
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
