import type {
  DeploymentFacts,
  Discovery,
  LabelChange,
  OtherTasks,
  Reference,
  Revision,
  ServiceFacts,
  ServiceRecord,
} from '../model.ts'
import type { PlanInput } from './types.ts'

const regionAndAccount = { partition: 'aws', region: 'eu-west-1', account: '111122223333' }
const prefix = 'arn:aws:ecs:eu-west-1:111122223333'

/** When the label moved. */
export const movedAt = Date.UTC(2026, 2, 1, 10)
export const minute = 60_000
export const hour = 60 * minute

/** ARN of the secret of this name. */
export const secretArn = (name: string): string =>
  `arn:aws:secretsmanager:eu-west-1:111122223333:secret:${name}-a1b2c3`

/** ARN of the task definition of this family. */
export const taskDefinitionArn = (family: string): string => `${prefix}:task-definition/${family}:1`

/** ARN of the service of this name in the cluster `prod`. */
export const serviceArn = (name: string): string => `${prefix}:service/prod/${name}`

/** AWSCURRENT of `prod/db` moved, known by its event. */
export function aMove(fields: Partial<LabelChange> = {}): LabelChange {
  const name = fields.name ?? 'prod/db'
  return {
    source: secretArn(name),
    kind: 'secret',
    name,
    label: 'AWSCURRENT',
    versionId: 'a1b2c3d4-5678-90ab-cdef-000000000002',
    movedAt,
    bound: 'exact',
    sequence: 2,
    seenAt: movedAt + 1_500,
    ...fields,
  }
}

/** A reference to the secret of this name, by its whole ARN. */
export function aReference(name = 'prod/db', fields: Partial<Reference> = {}): Reference {
  return {
    kind: 'secret',
    use: 'secret',
    where: 'containerDefinitions[0].secrets[0].valueFrom',
    written: secretArn(name),
    ...regionAndAccount,
    name: `${name}-a1b2c3`,
    ...fields,
  }
}

/** A task definition that reads `prod/db`. */
export function aRevision(family: string, fields: Partial<Revision> = {}): Revision {
  return {
    arn: taskDefinitionArn(family),
    references: [aReference()],
    unreadable: [],
    mutableImages: [],
    ...fields,
  }
}

/** A deployment that was made two days before the label change. */
export function aDeployment(fields: Partial<DeploymentFacts> = {}): DeploymentFacts {
  return {
    id: 'ecs-svc/1',
    status: 'PRIMARY',
    rolloutState: 'COMPLETED',
    taskDefinition: '',
    createdAt: movedAt - 48 * hour,
    desired: 2,
    running: 2,
    failed: 0,
    ...fields,
  }
}

/** A service that can be recycled without any warning. Its task definition is of the family `app`. */
export function aService(name: string, fields: Partial<ServiceFacts> = {}): ServiceFacts {
  return {
    cluster: `${prefix}:cluster/prod`,
    service: serviceArn(name),
    name: `prod/${name}`,
    status: 'ACTIVE',
    scheduling: 'REPLICA',
    controller: 'ECS',
    strategy: 'ROLLING',
    taskDefinition: taskDefinitionArn('app'),
    desired: 2,
    running: 2,
    minimumHealthy: 100,
    maximum: 200,
    circuitBreaker: true,
    rollback: true,
    alarms: false,
    tags: { 'breakwater:recycle': 'true' },
    deployments: [aDeployment()],
    ...fields,
  }
}

/** Tasks that no service has. */
export function someTasks(name: string, fields: Partial<OtherTasks> = {}): OtherTasks {
  return {
    kind: 'standalone-task',
    cluster: `${prefix}:cluster/prod`,
    name,
    taskDefinition: taskDefinitionArn('app'),
    count: 1,
    ...fields,
  }
}

/** A recycle of a service for a label change. */
export function aRecycle(
  name: string,
  { source, label, versionId, sequence }: LabelChange,
  fields: Partial<NonNullable<ServiceRecord['last']>> = {},
): ServiceRecord {
  const at = movedAt + 5 * minute
  const labelChange = { source, label, versionId, sequence }
  const last = { execution: 'run', at, deployment: 'ecs-svc/2', labelChange, outcome: 'completed' as const }
  return { service: serviceArn(name), last: { ...last, ...fields } }
}

/** What was found: services and the revision `app`, which reads `prod/db`, unless others are given. */
export function aDiscovery(
  services: readonly ServiceFacts[],
  { revisions = [aRevision('app')], ...rest }: Partial<Omit<Discovery, 'revisions'>> & Revisions = {},
): Discovery {
  const byArn = new Map(revisions.map(revision => [revision.arn, revision]))
  return { services, others: [], revisions: byArn, problems: [], calls: {}, ...rest }
}

interface Revisions {
  readonly revisions?: readonly Revision[]
}

/** A plan's input about these services, ten minutes after the label change. */
export function anInput(services: readonly ServiceFacts[], fields: Partial<PlanInput> = {}): PlanInput {
  return {
    labelChange: aMove(),
    others: [],
    discovery: aDiscovery(services),
    records: new Map(),
    now: movedAt + 10 * minute,
    ...fields,
  }
}
