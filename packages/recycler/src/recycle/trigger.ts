import { systemClock } from '@breakwater/circuit'
import type { Notice } from '../observe/event.ts'
import { changeIdOf } from '../observe/label-change.ts'
import { lookUp } from '../observe/look-up.ts'
import { ensureRun } from './executions.ts'
import type { PlannerParts } from './planner-options.ts'

/** What a trigger is made of. */
export type TriggerParts = Pick<
  PlannerParts,
  'secrets' | 'ssm' | 'records' | 'executions' | 'options' | 'clock'
>

/** What became of an event. */
export type Triggered =
  | { readonly outcome: 'started' | 'exists'; readonly change: string }
  | { readonly outcome: 'ignored'; readonly why: string }

/**
 * Turns what an event told into an execution of the workflow. Events are doubled, late and out of order: what holds the
 * label now is looked up, and a change that is on record starts nothing.
 *
 * @example
 * const trigger = new Trigger({ secrets, ssm, records, executions, options: { dryRun: false } })
 * await trigger.handle(readEvent(event, { account }))
 */
export class Trigger {
  readonly #parts: TriggerParts

  constructor(parts: TriggerParts) {
    this.#parts = parts
  }

  /** @throws StoreError; what the clients throw: then the event must be delivered again. */
  async handle(notice: Notice): Promise<Triggered> {
    const { records, clock = systemClock } = this.#parts
    if (notice.kind === 'attention') {
      if (notice.secretId) {
        await records.audit(notice.secretId, { at: clock.now(), act: 'attention', reason: notice.what })
      }
      return { outcome: 'ignored', why: `${notice.what}: for a person to look at` }
    }
    if (notice.kind !== 'changed') return { outcome: 'ignored', why: notice.why }
    const { secretId, sourceKind, label, versionId, at, origin } = notice
    const event = { at, origin, ...(versionId !== undefined && { versionId }) }
    const noted = await lookUp(this.#parts, { secretId, kind: sourceKind, label, event })
    if (noted.change === 'gone') return { outcome: 'ignored', why: `nothing at ${secretId} holds ${label}` }
    if (noted.change === 'old') return { outcome: 'ignored', why: 'a newer move is on record' }
    const outcome = await ensureRun(this.#parts, noted.move)
    return { outcome, change: changeIdOf(noted.move) }
  }
}
