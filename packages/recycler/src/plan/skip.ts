import type { LabelChange, OtherTasks, ServiceFacts, ServiceRecord } from '../model.ts'
import type { Reading } from './readers.ts'
import { primaryOf, stalenessOf, stuckDeployment } from './staleness.ts'
import { type Settings, settingTags } from './tags.ts'
import { counted, utc } from './text.ts'
import type { PlanOptions, Skipped } from './types.ts'

/** Why something is left alone. */
type Why = Pick<Skipped, 'reason' | 'text' | 'stale'>

/** What is known of a service that names the source. */
export interface Candidate {
  readonly service: ServiceFacts
  readonly reading: Reading
  readonly settings: Settings
  readonly record: ServiceRecord | undefined
}

/** Why a service is left alone; undefined where it is to be recycled. What makes it needless comes before what forbids it. */
export function whyNot(
  candidate: Candidate,
  labelChange: LabelChange,
  { optIn, deploymentTimeoutMs }: Pick<Required<PlanOptions>, 'optIn' | 'deploymentTimeoutMs'>,
  now: number,
): Why | undefined {
  return (
    needless(candidate, labelChange) ??
    forbidden(candidate, optIn) ??
    stuck(candidate, labelChange, deploymentTimeoutMs, now)
  )
}

/** A deployment that never ends keeps what it should replace running, whoever began it; waiting for it helps nobody. */
function stuck(
  { service, record }: Candidate,
  labelChange: LabelChange,
  timeoutMs: number,
  now: number,
): Why | undefined {
  const text = stuckDeployment(service, record, labelChange, timeoutMs, now)
  return text === undefined
    ? undefined
    : stale(
        'stuck',
        `${text}: end it, or mend what keeps its tasks from running, then start the recycle by hand.`,
      )
}

function needless({ service, reading, record }: Candidate, labelChange: LabelChange): Why | undefined {
  const { status, desired, running } = service
  const primary = primaryOf(service)
  if (status !== 'ACTIVE') return fresh('inactive', `It is ${status}, and starts no more tasks.`)
  if (desired === 0 && running === 0)
    return fresh('no-tasks', 'It is to run no tasks; whatever starts reads the new version.')
  if (reading.by === 'version') {
    const text =
      `It names the version by its id (${reading.where.join(', ')}), and no recycle changes that: ` +
      'register a task definition that names the new version, or none.'
    return fresh('pinned-version', text)
  }
  const staleness = stalenessOf(service, labelChange, record)
  const last = record?.last
  if (staleness === 'already-recycled' && last) {
    const change = last.labelChange.sequence === labelChange.sequence ? 'this change' : 'a later change'
    const ended = last.outcome === 'completed' ? '' : ', which is not known to be over'
    return fresh(
      'already-recycled',
      `Recycled for ${change} at ${utc(last.at)}: deployment ${last.deployment}${ended}.`,
    )
  }
  if (staleness === 'fresh' && service.tasksBegan?.length === 0)
    return fresh('fresh', 'None of its tasks runs; whatever starts reads the new version.')
  if (staleness === 'fresh' && service.tasksBegan) {
    const oldest = service.tasksBegan.reduce((one, other) => Math.min(one, other))
    return fresh(
      'fresh',
      `Its tasks, the oldest of ${utc(oldest)}, began when the label was where it is now.`,
    )
  }
  if (staleness === 'fresh' && primary) {
    const began = `Its deployment ${primary.id} began at ${utc(primary.createdAt)}`
    return fresh('fresh', `${began}, after the label moved: it reads the new version.`)
  }
  return undefined
}

function forbidden({ service, settings }: Candidate, optIn: boolean): Why | undefined {
  const { scheduling, controller } = service
  const { recycle, problems } = settings
  const tag = settingTags.recycle
  if (recycle === false)
    return stale('opted-out', `It is tagged ${tag}=false: recycle it by hand, or change the tag.`)
  if (scheduling === 'DAEMON') {
    const text =
      "A daemon's task stops before the next one starts, on every instance: " +
      'force a new deployment by hand, when that is bearable.'
    return stale('daemon', text)
  }
  if (controller === 'CODE_DEPLOY')
    return stale('code-deploy', 'CodeDeploy makes its deployments: start a deployment with CodeDeploy.')
  if (controller === 'EXTERNAL')
    return stale('external', 'Its controller is EXTERNAL: create a task set and make it the primary one.')
  if (controller !== 'ECS')
    return stale('unknown-controller', `Its controller ${controller} is not known here: deploy it by that.`)
  if (optIn && recycle === undefined && !problems.some(problem => problem.startsWith(tag))) {
    const text = `It is not tagged ${tag}=true: tag it, or force a new deployment by hand.`
    return stale('not-opted-in', text)
  }
  const noRoom = noRoomOf(service)
  if (noRoom !== undefined) return stale('no-room', noRoom)
  if (problems.length > 0) return stale('bad-tag', `Its tag ${problems.join('; its tag ')}: mend the tag.`)
  // ECS gives every service it deploys a primary deployment; without one there is nothing to recycle.
  return primaryOf(service) ? undefined : stale('inactive', 'It has no primary deployment.')
}

/**
 * Why no rolling deployment of a service could ever replace a task: ECS rounds the least number of tasks up, and the most
 * down (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html).
 */
function noRoomOf({ strategy, desired, minimumHealthy, maximum }: ServiceFacts): string | undefined {
  const least = Math.ceil((desired * minimumHealthy) / 100)
  const most = Math.floor((desired * maximum) / 100)
  if (strategy !== 'ROLLING' || desired === 0 || least < desired || most > desired) return undefined
  return (
    `No deployment can replace a task of it: of ${counted(desired, 'task')}, ${minimumHealthy} % at least and ${maximum} % at most ` +
    'leave no room to start one or to stop one. Raise maximumPercent, or lower minimumHealthyPercent.'
  )
}

/** Why tasks that belong to no service are left alone. Since when they run is not known. */
export function whyNotOther({ kind, count }: OtherTasks, reading: Reading): Why {
  if (reading.by === 'version') {
    return fresh('pinned-version', `It names the version by its id (${reading.where.join(', ')}).`)
  }
  const run = `${counted(count, 'task')}, of which it is not known here when they began`
  return kind === 'standalone-task'
    ? fresh(kind, `No service starts them anew: run them again (${run}).`)
    : fresh(kind, `A managed daemon, which UpdateService does not reach: deploy it again by hand (${run}).`)
}

const fresh = (reason: Skipped['reason'], text: string): Why => ({ reason, text, stale: false })
const stale = (reason: Skipped['reason'], text: string): Why => ({ reason, text, stale: true })
