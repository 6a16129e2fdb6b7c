import type { DeploymentFacts, ServiceFacts } from '../model.ts'
import { isDone, primaryOf } from '../plan/staleness.ts'

/** How a deployment stands. */
export type DeploymentOutcome =
  | { readonly state: 'in-progress' }
  | { readonly state: 'completed' }
  | { readonly state: 'failed'; readonly reason: string }
  /** The service was deleted: it has no task that could be stale. */
  | { readonly state: 'gone' }

const failed = (reason: string): DeploymentOutcome => ({ state: 'failed', reason })

/**
 * How a deployment stands.
 *
 * It has failed where ECS says so, where another took its place that is older or says that it rolls back, and where it takes
 * too long. A later deployment of another origin that took its
 * place reads the same secret: it is followed, with as much time of its own.
 *
 * @param service as it is now; undefined where there is none.
 * @param startedAt when the deployment began, at the latest, epoch ms.
 * @param now epoch ms.
 * @param timeoutMs how long a deployment may take.
 * @example
 * const answer = outcomeOf(facts, 'ecs-svc/123', startedAt, Date.now(), 1_800_000)
 */
export function outcomeOf(
  service: ServiceFacts | undefined,
  deployment: string,
  startedAt: number,
  now: number,
  timeoutMs: number,
): DeploymentOutcome {
  if (service?.status !== 'ACTIVE') return { state: 'gone' }
  const mine = service.deployments.find(({ id }) => id === deployment)
  const primary = primaryOf(service)
  if (mine?.rolloutState === 'COMPLETED') return { state: 'completed' }
  if (mine?.rolloutState === 'FAILED') return failed(mine.reason || 'its deployment failed')
  if (!primary || primary === mine) return judge(service, mine, startedAt, now, timeoutMs)
  if (primary.createdAt < (mine?.createdAt ?? startedAt) || rollsBack(primary)) {
    const why = primary.reason ? `: ${primary.reason}` : ''
    return failed(`its deployment was rolled back, which does not bring the old version back${why}`)
  }
  const since = Math.max(startedAt, primary.createdAt)
  const answer = judge(service, primary, since, now, timeoutMs)
  if (answer.state !== 'failed') return answer
  return failed(`deployment ${primary.id}, which took the place of its own: ${answer.reason}`)
}

function judge(
  service: ServiceFacts,
  one: DeploymentFacts | undefined,
  since: number,
  now: number,
  timeoutMs: number,
): DeploymentOutcome {
  if (one?.rolloutState === 'FAILED') return failed(one.reason || 'it failed')
  if (one && isDone(service, one)) return { state: 'completed' }
  if (now - since < timeoutMs) return { state: 'in-progress' }
  const state = one ? ` (${one.running} of ${one.desired} tasks run, ${one.failed} failed)` : ''
  return failed(`not over after ${Math.round((now - since) / 60_000)} minutes${state}`)
}

function rollsBack({ reason }: DeploymentFacts): boolean {
  return /\broll(ing|ed)?[- ]?back/i.test(reason ?? '')
}

const minSeconds = 3
const maxSeconds = 60
const halfHourMs = 1_800_000

/**
 * How long to wait before a deployment is looked at again, in whole seconds: a sixth of the time that it has taken so
 * far, at least 3 s, at most a minute. One that takes longer than half an hour, which by default has failed, is waited for
 * in twentieths, so that it can be followed for hours.
 *
 * @param elapsedMs since the deployment began.
 */
export function pollSeconds(elapsedMs: number): number {
  const share = elapsedMs > halfHourMs ? elapsedMs / 20 : Math.min(elapsedMs / 6, maxSeconds * 1_000)
  return Math.max(minSeconds, Math.ceil(share / 1_000))
}
