import { type Clock, systemClock } from '@breakwater/circuit'
import type { EventEntry } from '../aws/event.ts'
import { type Place, placeOf } from '../aws/identifiers.ts'
import { type Input, ServiceError } from '../aws/json-service.ts'
import type { Lookup } from '../aws/lookup.ts'
import { type Counted, counted, type LocalOperation } from '../aws/operations.ts'
import {
  describeParameters,
  latestOf,
  newName,
  type Parameter,
  type ParameterVersion,
  reader,
  versionOf,
} from './parameter-requests.ts'
import { given, seconds } from './secret-operations.ts'

/** What stands before an action of Parameter Store in X-Amz-Target. */
export const parametersTarget = 'AmazonSSM'

/** Options of {@link createParameters}. */
export interface ParametersOptions extends Place {
  /** @default the machine's */
  readonly clock?: Clock
  /** Takes the events of changes, as the default bus does. @default nobody does */
  readonly emit?: (event: EventEntry) => void
}

/** Parameter Store, in this process. */
export interface Parameters extends Counted {
  /** What a reference of a task definition means now: an ARN or name, with a version or without. Counted nowhere. */
  lookup: Lookup
}

/**
 * Makes a model of Parameter Store: parameters, their versions and the events of their changes. Its operations are those
 * of the AWS JSON protocol.
 *
 * @example
 * const parameters = createParameters({ clock, emit: event => bus.put(event) })
 * parameters.operations.PutParameter!({ Name: '/shop/key', Value: 'one', Type: 'SecureString' })
 */
export function createParameters(options: ParametersOptions = {}): Parameters {
  const { clock = systemClock, emit = () => {} } = options
  const { region, account } = placeOf(options)
  const arnOf = (name: string) => `arn:aws:ssm:${region}:${account}:parameter/${name.replace(/^\//, '')}`
  const all = new Map<string, Parameter>()

  function tell(operation: string, { arn, name }: Parameter, { type, description }: ParameterVersion): void {
    emit({
      source: 'aws.ssm',
      detailType: 'Parameter Store Change',
      resources: [arn],
      at: clock.now(),
      detail: given({ operation, name, type, description }),
    })
  }

  /** Finds a version by `name`, `name:version`, or the same with the ARN. */
  function find(wanted: string): { parameter: Parameter; version: ParameterVersion | undefined } | undefined {
    const arn = /^arn:[^:]+:ssm:[^:]*:[^:]*:parameter\/[^:]+/.exec(wanted)?.[0]
    const name = arn ?? wanted.split(':')[0]!
    const selector = wanted.slice(name.length + 1)
    const parameter = arn ? [...all.values()].find(one => one.arn === arn) : all.get(name)
    if (!parameter) return undefined
    const version =
      selector === ''
        ? latestOf(parameter)
        : parameter.versions.find(({ version }) => String(version) === selector)
    return { parameter, version }
  }

  function read(wanted: string) {
    const { parameter, version } = find(wanted) ?? {}
    if (!parameter) throw new ServiceError('ParameterNotFound', `Parameter ${wanted} not found.`)
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

  const operations: Record<string, LocalOperation> = {
    PutParameter(input) {
      const name = newName(input)
      const there = all.get(name)
      const version = versionOf(input, there, clock.now())
      const parameter = there ?? { name, arn: arnOf(name), versions: [] }
      parameter.versions.push(version)
      all.set(name, parameter)
      tell(there ? 'Update' : 'Create', parameter, version)
      return { Version: version.version, Tier: version.tier }
    },
    GetParameter: input => ({ Parameter: read(reader.text(input, 'Name')) }),
    GetParameters(input) {
      const names = reader.texts(input, 'Names')
      const known = names.filter(name => find(name)?.version)
      return { Parameters: known.map(read), InvalidParameters: names.filter(name => !known.includes(name)) }
    },
    DescribeParameters: (input: Input) =>
      describeParameters(all.values(), input, `arn:aws:iam::${account}:user/local`),
    DeleteParameter(input) {
      const name = reader.text(input, 'Name')
      const parameter = all.get(name)
      if (!parameter) throw new ServiceError('ParameterNotFound', `Parameter ${name} not found.`)
      all.delete(name)
      tell('Delete', parameter, latestOf(parameter))
    },
  }

  return {
    ...counted(operations, () => {}),
    lookup(valueFrom) {
      const found = find(valueFrom)
      return found?.version && { source: found.parameter.arn, versionId: String(found.version.version) }
    },
  }
}
