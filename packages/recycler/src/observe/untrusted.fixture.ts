import fc from 'fast-check'
import * as samples from './samples.fixture.ts'

const { changed: _, ...events } = samples

const names = ['mySecret', 'db-AbCdEf', 'rds!cluster-0a1b', '/a/b', 'ö', '..', '__proto__', '']
const homes = ['us-west-2:012345678901', 'us-west-2:012345678902', 'us-east-2:123456789012', 'x:y', ':']
const resources = ['secret:', 'secret', 'parameter', 'parameter/', 'service/default/']
const arn = fc
  .tuple(
    fc.constantFrom('aws', 'aws-cn', 'gcp'),
    fc.constantFrom('secretsmanager', 'ssm', 'ecs'),
    fc.constantFrom(...homes),
    fc.constantFrom(...resources),
    fc.constantFrom(...names),
  )
  .map(
    ([partition, service, regionAndAccount, resource, name]) =>
      `arn:${partition}:${service}:${regionAndAccount}:${resource}${name}`,
  )

/** What may stand in a field that should hold something else. */
const odd = fc.oneof(
  arn,
  fc.constantFrom(...names, null, [], {}, 0, '012345678902', '123456789012', 'x'.repeat(262_144)),
  fc.constantFrom('AWSCURRENT', 'AWSPENDING', 'RotationFailed', 'Create', 'Delete', 'Expiration'),
  fc.constantFrom('2024-02-30T00:00:00Z', '2024-02-06', '+275761-01-01T00:00:00Z', '2024-02-06T16:43:48Z'),
  fc.anything(),
)

const key = fc.oneof(
  fc.constantFrom('source', 'detail-type', 'account', 'region', 'time', 'resources', 'detail'),
  fc.constantFrom('__proto__', 'constructor', 'toString'),
)
const detailKey = fc.constantFrom(
  ...['name', 'labelUpdated', 'versionId', 'eventName', 'eventSource', 'additionalEventData', 'exception'],
  ...['serviceEventDetails', 'operation', 'deploymentId', 'updatedAt', 'reason', '__proto__'],
)

/** Real events with some fields gone astray, so that most of them get far. */
export const nearlyGood = fc
  .record({
    event: fc.constantFrom(...Object.values(events)),
    envelope: fc.dictionary(key, odd, { maxKeys: 1 }),
    detail: fc.dictionary(detailKey, odd, { maxKeys: 2 }),
    resource: fc.option(odd),
    secretId: fc.option(odd),
  })
  .map(({ event, envelope, detail, resource, secretId }) => ({
    ...event,
    ...(resource !== null && { resources: [resource] }),
    detail: {
      ...event.detail,
      ...(secretId !== null && { additionalEventData: { SecretId: secretId } }),
      ...detail,
    },
    ...envelope,
  }))

/** Anything that may come in by mistake or malice. */
export const foreign = fc.oneof(nearlyGood, fc.anything(), fc.json(), nearlyGood.map(stringify))

function stringify(value: unknown): unknown {
  try {
    return JSON.stringify(value)
  } catch {
    return value
  }
}
