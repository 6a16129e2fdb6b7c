import { clip, field } from '../references/foreign.ts'
import { instantOf, ownArn, readEnvelope } from './envelope.ts'

/** What an event says of a deployment. */
export interface DeploymentEvent {
  /** ARN of the service. */
  readonly service: string
  /** ARN of its cluster, which the old form of the service's ARN does not tell. */
  readonly cluster?: string
  /** Id of the deployment, such as `ecs-svc/123`. */
  readonly deployment: string
  readonly state: 'in-progress' | 'completed' | 'failed'
  readonly reason?: string
  /** When it came to this, epoch ms. */
  readonly at: number
}

const states = new Map<unknown, DeploymentEvent['state']>([
  ['SERVICE_DEPLOYMENT_IN_PROGRESS', 'in-progress'],
  ['SERVICE_DEPLOYMENT_COMPLETED', 'completed'],
  ['SERVICE_DEPLOYMENT_FAILED', 'failed'],
])

const types = ['ECS Deployment State Change', 'ECS Service Action']
const serviceResource = /^service\/(?:([\w-]{1,255})\/)?[\w-]{1,255}$/
const deploymentId = /^[\w:/-]{1,512}$/

/**
 * Reads an event of ECS that says how a deployment stands. Whatever it is given, it does not throw.
 *
 * @param event the event, or its JSON.
 * @returns undefined for everything else, and for what is not as ECS writes it.
 * @example
 * const event = readDeploymentEvent(record)
 * if (event?.state === 'failed') stop(event.service, event.reason)
 */
export function readDeploymentEvent(event: unknown): DeploymentEvent | undefined {
  try {
    return read(event)
  } catch {
    return undefined
  }
}

function read(event: unknown): DeploymentEvent | undefined {
  const envelope = readEnvelope(event)
  if (typeof envelope === 'string') return undefined
  const { source, detailType, resource, detail } = envelope
  const state = states.get(field(detail, 'eventName'))
  const deployment = field(detail, 'deploymentId')
  if (source !== 'aws.ecs' || !types.includes(detailType) || !state) return undefined
  if (typeof deployment !== 'string' || !deploymentId.test(deployment)) return undefined
  const arn = ownArn(resource, 'ecs', envelope)
  const parts = arn && serviceResource.exec(arn.resource)
  if (!parts) return undefined
  const { partition, region, account } = arn
  const [, name] = parts
  const reason = field(detail, 'reason')
  return {
    service: resource as string,
    ...(name && { cluster: `arn:${partition}:ecs:${region}:${account}:cluster/${name}` }),
    deployment,
    state,
    ...(typeof reason === 'string' && reason !== '' && { reason: clip(reason, 1_024) }),
    at: instantOf(field(detail, 'updatedAt')) ?? envelope.at,
  }
}
