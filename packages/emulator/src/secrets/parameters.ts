import { type Clock, systemClock } from '@breakwater/circuit'
import { aFunction, type Checks, checkOptions } from '@breakwater/circuit/shared'
import { aClock, regionAndAccountChecks } from '../aws/checks.ts'
import type { EventEntry } from '../aws/event.ts'
import { type RegionAndAccount, regionAndAccountOf } from '../aws/identifiers.ts'
import { type Input, ServiceError } from '../aws/json-service.ts'
import type { Lookup } from '../aws/lookup.ts'
import { type CountedOperations, countOperations, type SyncOperation } from '../aws/operations.ts'
import { definedOnly, seconds } from '../aws/protocol.ts'
import { parameterChecks } from './checks.ts'
import {
  describeParameters,
  latestOf,
  newName,
  type Parameter,
  type ParameterVersion,
  reader,
  versionOf,
} from './parameter-requests.ts'

/** The part of X-Amz-Target before an action of Parameter Store. */
export const parametersTarget = 'AmazonSSM'

/** Options of {@link createParameters}. */
export interface ParametersOptions extends RegionAndAccount {
  /** @default the machine's */
  readonly clock?: Clock
  /** Called with the events of changes; puts them on the default bus, say. @default they are dropped */
  readonly emit?: (event: EventEntry) => void
}

const checks: Checks<ParametersOptions> = {
  ...regionAndAccountChecks,
  clock: aClock,
  emit: aFunction,
}

/** Parameter Store, in this process. */
export interface Parameters extends CountedOperations {
  /** Finds the version of a reference of a task definition: an ARN or name, with a version or without. It does not count as a call. */
  lookup: Lookup
}

/**
 * Makes a model of Parameter Store: parameters, their versions and the events of their changes. Its operations are those
 * of the AWS JSON protocol.
 *
 * @throws TypeError for a bad option, naming it, its value and what is allowed.
 * @example
 * const parameters = createParameters({ clock, emit: event => bus.put(event) })
 * parameters.operations.PutParameter!({ Name: '/shop/key', Value: 'one', Type: 'SecureString' })
 */
export function createParameters(options: ParametersOptions = {}): Parameters {
  const { clock = systemClock, emit = () => {} } = checkOptions('createParameters', options, checks)
  const { region, account } = regionAndAccountOf(options)
  const arnOf = (name: string) => `arn:aws:ssm:${region}:${account}:parameter/${name.replace(/^\//, '')}`
  const all = new Map<string, Parameter>()

  function emitChange(
    operation: string,
    { arn, name }: Parameter,
    { type, description }: ParameterVersion,
  ): void {
    emit({
      source: 'aws.ssm',
      detailType: 'Parameter Store Change',
      resources: [arn],
      at: clock.now(),
      detail: definedOnly({ operation, name, type, description }),
    })
  }

  const operations: Record<string, SyncOperation> = {
    PutParameter(input) {
      const name = newName(input)
      const existing = all.get(name)
      const version = versionOf(input, existing, clock.now())
      const parameter = existing ?? { name, arn: arnOf(name), versions: [] }
      parameter.versions.push(version)
      all.set(name, parameter)
      emitChange(existing ? 'Update' : 'Create', parameter, version)
      return { Version: version.version, Tier: version.tier }
    },
    GetParameter: input => ({ Parameter: readVersion(all, reader.text(input, 'Name')) }),
    GetParameters(input) {
      const names = reader.texts(input, 'Names')
      const found = names.filter(name => findVersion(all, name)?.version)
      return {
        Parameters: found.map(name => readVersion(all, name)),
        InvalidParameters: names.filter(name => !found.includes(name)),
      }
    },
    DescribeParameters: (input: Input) =>
      describeParameters(all.values(), input, `arn:aws:iam::${account}:user/local`),
    DeleteParameter(input) {
      const name = reader.text(input, 'Name')
      const parameter = all.get(name)
      if (!parameter) throw new ServiceError('ParameterNotFound', `Parameter ${name} not found.`)
      all.delete(name)
      emitChange('Delete', parameter, latestOf(parameter))
    },
  }

  return {
    ...countOperations(operations, () => {}),
    checksOf: (action, input) => parameterChecks(arnOf, action, input),
    lookup(valueFrom) {
      const found = findVersion(all, valueFrom)
      return found?.version && { source: found.parameter.arn, versionId: String(found.version.version) }
    },
  }
}

/** Finds a version by `name`, `name:version`, or the same with the ARN. */
function findVersion(
  all: ReadonlyMap<string, Parameter>,
  reference: string,
): { parameter: Parameter; version: ParameterVersion | undefined } | undefined {
  const arn = /^arn:[^:]+:ssm:[^:]*:[^:]*:parameter\/[^:]+/.exec(reference)?.[0]
  const name = arn ?? reference.split(':')[0]!
  const selector = reference.slice(name.length + 1)
  const parameter = arn ? [...all.values()].find(one => one.arn === arn) : all.get(name)
  if (!parameter) return undefined
  const version =
    selector === ''
      ? latestOf(parameter)
      : parameter.versions.find(({ version }) => String(version) === selector)
  return { parameter, version }
}

/** A version as GetParameter answers it. */
function readVersion(all: ReadonlyMap<string, Parameter>, reference: string) {
  const { parameter, version } = findVersion(all, reference) ?? {}
  if (!parameter) throw new ServiceError('ParameterNotFound', `Parameter ${reference} not found.`)
  if (!version) {
    const why = `Systems Manager could not find version of ${parameter.name}. Verify the version and try again.`
    throw new ServiceError('ParameterVersionNotFound', why)
  }
  return {
    Name: parameter.name,
    ARN: parameter.arn,
    Type: version.type,
    Value: version.value,
    Version: version.version,
    LastModifiedDate: seconds(version.modifiedAt),
    DataType: version.dataType,
  }
}
