import { systemClock } from '@breakwater/circuit'
import type { Notice } from '../observe/event.ts'
import { changeIdOf } from '../observe/label-change.ts'
import { lookUp } from '../observe/look-up.ts'
import { ensureRun } from './executions.ts'
import type { PlannerDependencies } from './planner-options.ts'

/** The clients, records and options of a {@link Trigger}. */
export type TriggerDependencies = Pick<
  PlannerDependencies,
  'secrets' | 'ssm' | 'records' | 'executions' | 'options' | 'clock'
>

/** What became of an event. */
export type TriggerResult =
  | { readonly outcome: 'started' | 'exists'; readonly change: string }
  | { readonly outcome: 'ignored'; readonly why: string }

/**
 * Turns an event into an execution of the workflow. Events are doubled, late and out of order: what holds the
 * label now is looked up, and a change that is on record starts nothing.
 *
 * @example
 * const trigger = new Trigger({ secrets, ssm, records, executions, options: { dryRun: false } })
 * await trigger.handle(readEvent(event, { account }))
 */
export class Trigger {
  readonly #dependencies: TriggerDependencies

  constructor(dependencies: TriggerDependencies) {
    this.#dependencies = dependencies
  }

  /** @throws StoreError; what the clients throw: then the event must be delivered again. */
  async handle(notice: Notice): Promise<TriggerResult> {
    const { records, clock = systemClock } = this.#dependencies
    if (notice.kind === 'attention') {
      if (notice.secretId) {
        await records.audit(notice.secretId, { at: clock.now(), act: 'attention', reason: notice.what })
      }
      return { outcome: 'ignored', why: `${notice.what}: for a person to look at` }
    }
    if (notice.kind !== 'changed') return { outcome: 'ignored', why: notice.why }
    const { secretId, sourceKind, label, versionId, at, origin } = notice
    const event = { at, origin, ...(versionId !== undefined && { versionId }) }
    const detection = await lookUp(this.#dependencies, { secretId, kind: sourceKind, label, event })
    if (detection.change === 'gone')
      return { outcome: 'ignored', why: `nothing at ${secretId} holds ${label}` }
    if (detection.change === 'old') return { outcome: 'ignored', why: 'a newer label change is on record' }
    const outcome = await ensureRun(this.#dependencies, detection.labelChange)
    return { outcome, change: changeIdOf(detection.labelChange) }
  }
}
