import { invalid } from '@breakwater/circuit/shared'
import { readDeploymentEvent } from '../events/deployment.ts'
import type { DeploymentOutcome } from '../store/record-types.ts'
import type { Records } from '../store/records.ts'

/** Options of a {@link Watcher}. */
export interface WatcherOptions {
  readonly records: Records
  /** Answers a task token, by SendTaskSuccess. */
  readonly answer: (token: string, output: { readonly deployment: string } & DeploymentOutcome) => unknown
}

/**
 * Hears from ECS that a deployment is over, and wakes whoever waits for it. Deployments of others are let go by, and events
 * may come twice, late or never.
 *
 * @throws TypeError for a bad option, naming it, its value and what is allowed.
 * @example
 * const watcher = new Watcher({
 *   records,
 *   answer: (taskToken, output) =>
 *     sfn.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) })),
 * })
 * await watcher.hear(event)
 */
export class Watcher {
  readonly #options: WatcherOptions

  constructor(options: WatcherOptions) {
    const { records, answer } = options ?? {}
    if (typeof records?.saveOutcome !== 'function') throw invalid('records', records, 'Records')
    if (typeof answer !== 'function') throw invalid('answer', answer, 'a function')
    this.#options = options
  }

  /**
   * Takes an event of EventBridge, whatever it is.
   *
   * @returns how many tokens were answered.
   * @throws StoreError, and what `answer` throws, once all tokens had their turn; not where nobody waits for a token any
   * more. The same event again does no harm.
   */
  async hear(event: unknown): Promise<number> {
    const { records, answer } = this.#options
    const read = readDeploymentEvent(event)
    if (!read || read.state === 'in-progress') return 0
    const { service, deployment, state, at, reason } = read
    const { value } = await records.service(service)
    // One that is not on record may be of an UpdateService that was sent a moment ago.
    const waitedFor = await records.tokens(deployment)
    if (!value?.intent && value?.last?.deployment !== deployment && waitedFor.length === 0) return 0
    const outcome = { state, at, ...(reason !== undefined && { reason }) }
    await records.saveOutcome(deployment, outcome)
    // Anew, after the outcome was written: who keeps a token now sees it.
    const tokens = await records.tokens(deployment)
    const answers = tokens.map(async token => answer(token, { deployment, ...outcome }))
    const settled = await Promise.allSettled(answers)
    const errors = settled.flatMap(one => (one.status === 'rejected' ? [one.reason] : []))
    const serious = errors.filter(error => !isTokenGone(error))
    if (serious.length > 0) throw serious[0]
    return tokens.length - errors.length
  }
}

/**
 * True for the error of Step Functions that says nobody waits for a task token any more.
 *
 * @example
 * await sfn.send(command).catch(error => { if (!isTokenGone(error)) throw error })
 */
export function isTokenGone(error: unknown): boolean {
  const { name } = (error ?? {}) as { readonly name?: unknown }
  return name === 'TaskTimedOut' || name === 'TaskDoesNotExist' || name === 'InvalidToken'
}
