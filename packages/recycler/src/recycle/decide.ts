import type { DeploymentFacts, LabelChangeRef, ServiceFacts, ServiceRecord } from '../model.ts'
import { primaryOf, stalenessOf, stuckDeployment, underWay } from '../plan/staleness.ts'
import { readSettings } from '../plan/tags.ts'
import type { Situation } from '../records/codecs.ts'
import type { LeftAloneReason, StartAnswer, StartRequest } from '../workflow/protocol.ts'
import { pollSeconds } from './deployment.ts'

/** Clocks of ours and of ECS differ by less, in ms. */
const skewMs = 1_000

/** The facts by which it is decided whether to recycle a service now. */
interface DecisionInput {
  readonly request: StartRequest
  readonly situation: Situation
  /** As ECS has it, asked after the situation was read; undefined where there is no such service. */
  readonly facts: ServiceFacts | undefined
  /** Epoch ms. */
  readonly now: number
  /** Revision of the service's record where its intent is ours, and UpdateService was surely not carried out. */
  readonly unsent: number | undefined
  readonly optIn: boolean
  readonly deploymentTimeoutMs: number
}

/** What to do about a service. */
export type Decision =
  /** UpdateService; `primary` is the deployment before it. */
  | { readonly go: true; readonly primary: string }
  /** An earlier UpdateService of ours, whose answer was lost, had been carried out. */
  | { readonly adopt: DeploymentFacts }
  | { readonly answer: StartAnswer }

/** Decides whether a service is recycled now; the same question again, at any point, does no harm. */
export function decide(input: DecisionInput): Decision {
  const { request, situation, facts, now } = input
  const { last } = situation.service.value ?? {}
  if (last && isSame(last.labelChange, request.labelChange) && last.outcome !== 'failed') {
    return { answer: started(last.deployment, last.at, now) }
  }
  const earlier = fromIntent(input)
  if (earlier) return earlier
  if (last && isSame(last.labelChange, request.labelChange) && situation.run.value?.status === 'failed') {
    return { answer: { state: 'failed', reason: last.reason || 'its deployment failed' } }
  }
  return (
    forbidden(input) ?? needless(input) ?? { go: true, primary: (facts && primaryOf(facts)?.id) || 'none' }
  )
}

/** What follows from the intent on record: an UpdateService that was about to be sent. */
function fromIntent({ request, situation, facts, now, unsent }: DecisionInput): Decision | undefined {
  const { value, revision } = situation.service
  const intent = value?.intent
  if (!intent || revision === unsent) return undefined
  if (isSame(intent.labelChange, request.labelChange) && facts) {
    const begun = begunSince(facts, intent)
    if (begun) return { adopt: begun }
  }
  if (now >= intent.until) return undefined
  const seconds = Math.ceil((intent.until - now) / 1_000)
  return { answer: { state: 'busy', seconds, why: `${intent.execution} may have sent an UpdateService` } }
}

/** The newest deployment that began since an intent was written. */
export function begunSince(
  { deployments }: ServiceFacts,
  { primary, at }: NonNullable<ServiceRecord['intent']>,
): DeploymentFacts | undefined {
  return deployments
    .filter(({ id, createdAt }) => id !== primary && createdAt >= at - skewMs)
    .sort((a, b) => b.createdAt - a.createdAt)[0]
}

/** Why nothing may be started for the change any more, if so. */
function forbidden({ request, situation: { stop, run, labelChange } }: DecisionInput): Decision | undefined {
  const { change, execution } = request
  if (stop) return leftAlone('stopped', `${stop.by} stopped all recycles: ${stop.reason}`)
  if (labelChange.value?.sequence !== request.labelChange.sequence)
    return leftAlone('superseded', 'the label moved again')
  if (!run.value) return leftAlone('halted', `there is no record of ${change}`)
  const { status, reason = 'for a reason unknown' } = run.value
  if (status === 'failed') return leftAlone('halted', `${change} was halted: ${reason}`)
  if (status === 'stopped') return leftAlone('stopped', `${change} was stopped: ${reason}`)
  if (run.value.execution !== execution) {
    return leftAlone('superseded', `${run.value.execution} works on ${change}`)
  }
  return status === 'running' ? undefined : leftAlone('superseded', `${change} is ${status}`)
}

/** Why the service needs no recycle, or is waited for, if so. */
function needless(input: DecisionInput): Decision | undefined {
  const { request, situation, facts, now, optIn, deploymentTimeoutMs } = input
  if (facts?.status !== 'ACTIVE') return leftAlone('gone', 'there is no such service any more')
  if (facts.desired === 0 && facts.running === 0) return leftAlone('no-tasks', 'it runs no tasks')
  const { recycle, problems } = readSettings(facts.tags)
  if (problems.length > 0) return leftAlone('opted-out', problems.join('; '))
  if (optIn ? !recycle : recycle === false) {
    return leftAlone('opted-out', `its tag breakwater:recycle is ${recycle === undefined ? 'gone' : 'false'}`)
  }
  const labelChange = situation.labelChange.value!
  const isAsPlanned =
    request.target.deployment !== undefined && primaryOf(facts)?.id === request.target.deployment
  if (stalenessOf(facts, labelChange, situation.service.value) !== 'stale' && !isAsPlanned) {
    return leftAlone('fresh', 'its deployment began after the label moved')
  }
  const other = underWay(facts)
  if (!other) return undefined
  const stuck = stuckDeployment(facts, situation.service.value, labelChange, deploymentTimeoutMs, now)
  if (stuck !== undefined) return leftAlone('stuck', stuck)
  const why = `deployment ${other.id} is under way`
  const since = Math.max(other.createdAt, labelChange.movedAt)
  return { answer: { state: 'busy', deployment: other.id, seconds: pollSeconds(now - since), why } }
}

/** The answer that a deployment began, and when to look at it. */
export function started(deployment: string, startedAt: number, now: number) {
  return { state: 'started', deployment, startedAt, seconds: pollSeconds(now - startedAt) } as const
}

function leftAlone(reason: LeftAloneReason, text: string): Decision {
  return { answer: { state: 'left-alone', reason, text } }
}

/** Whether it is the same label change. */
function isSame(a: LabelChangeRef, b: LabelChangeRef): boolean {
  return a.source === b.source && a.label === b.label && a.sequence === b.sequence
}
