import type { DeploymentFacts, ServedMove, ServiceFacts, ServiceRecord } from '../model.ts'
import { primaryOf, stalenessOf } from '../plan/staleness.ts'
import { readSettings } from '../plan/tags.ts'
import type { Situation } from '../records/codecs.ts'
import type { LeftReason, StartAnswer, StartRequest } from '../workflow/protocol.ts'
import { pollSeconds, underWay } from './deployment.ts'

/** Clocks of ours and of ECS differ by less, in ms. */
const skewMs = 1_000

/** What is known when it is decided whether to recycle a service now. */
interface Known {
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

/** What to do about it. */
export type Decision =
  /** UpdateService; `primary` is the deployment before it. */
  | { readonly go: true; readonly primary: string }
  /** An earlier UpdateService of ours, whose answer was lost, had been carried out. */
  | { readonly adopt: DeploymentFacts }
  | { readonly answer: StartAnswer }
  /** It cannot be recycled, and somebody should see to it. */
  | { readonly fail: string }

/** Decides whether a service is recycled now; the same question again, at any point, does no harm. */
export function decide(known: Known): Decision {
  const { request, situation, facts, now } = known
  const { last } = situation.service.value ?? {}
  if (last && isSame(last.move, request.move) && last.outcome !== 'failed') {
    return { answer: started(last.deployment, last.at, now) }
  }
  const earlier = fromIntent(known)
  if (earlier) return earlier
  if (last && isSame(last.move, request.move) && situation.run.value?.status === 'failed') {
    return { answer: { state: 'failed', reason: last.reason || 'its deployment failed' } }
  }
  return mayNot(known) ?? needNot(known) ?? { go: true, primary: (facts && primaryOf(facts)?.id) || 'none' }
}

/** What an UpdateService calls for that somebody was about to send. */
function fromIntent({ request, situation, facts, now, unsent }: Known): Decision | undefined {
  const { value, revision } = situation.service
  const intent = value?.intent
  if (!intent || revision === unsent) return undefined
  if (isSame(intent.move, request.move) && facts) {
    const begun = begunSince(facts, intent)
    if (begun) return { adopt: begun }
  }
  if (now >= intent.until) return undefined
  const seconds = Math.ceil((intent.until - now) / 1_000)
  return { answer: { state: 'busy', seconds, why: `${intent.run} may have sent an UpdateService` } }
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

/** Why nothing may be started for the change any more. */
function mayNot({ request, situation: { stop, run, move } }: Known): Decision | undefined {
  const { change, execution } = request
  if (stop) return left('stopped', `${stop.by} stopped all recycles: ${stop.reason}`)
  if (move.value?.sequence !== request.move.sequence) return left('superseded', 'the label moved again')
  if (!run.value) return left('halted', `there is no record of ${change}`)
  const { status, reason = 'for a reason unknown' } = run.value
  if (status === 'failed') return left('halted', `${change} was halted: ${reason}`)
  if (status === 'stopped') return left('stopped', `${change} was stopped: ${reason}`)
  if (run.value.execution !== execution) {
    return left('superseded', `${run.value.execution} has ${change} in hand`)
  }
  return status === 'running' ? undefined : left('superseded', `${change} is ${status}`)
}

/** Why the service is left alone, or waited for. */
function needNot(known: Known): Decision | undefined {
  const { situation, facts, now, optIn, deploymentTimeoutMs } = known
  if (facts?.status !== 'ACTIVE') return left('gone', 'there is no such service any more')
  if (facts.desired === 0 && facts.running === 0) return left('no-tasks', 'it runs no tasks')
  const { recycle, problems } = readSettings(facts.tags)
  if (problems.length > 0) return left('opted-out', problems.join('; '))
  if (optIn ? !recycle : recycle === false) {
    return left('opted-out', `its tag breakwater:recycle is ${recycle === undefined ? 'gone' : 'false'}`)
  }
  const move = situation.move.value!
  if (stalenessOf(facts, move, situation.service.value) !== 'stale') {
    return left('fresh', 'its deployment began after the label moved')
  }
  const other = underWay(facts)
  if (!other) return undefined
  const since = Math.max(other.createdAt, move.movedAt)
  if (now - since < deploymentTimeoutMs) {
    const why = `deployment ${other.id} is under way`
    return { answer: { state: 'busy', deployment: other.id, seconds: pollSeconds(now - since), why } }
  }
  const minutes = Math.round((now - since) / 60_000)
  return { fail: `deployment ${other.id} of somebody else's is not over after ${minutes} minutes` }
}

/** The answer that a deployment began, and when to look at it. */
export function started(deployment: string, startedAt: number, now: number) {
  return { state: 'started', deployment, startedAt, seconds: pollSeconds(now - startedAt) } as const
}

function left(reason: LeftReason, text: string): Decision {
  return { answer: { state: 'left', reason, text } }
}

/** Whether it is the same move. */
function isSame(a: ServedMove, b: ServedMove): boolean {
  return a.source === b.source && a.label === b.label && a.sequence === b.sequence
}
