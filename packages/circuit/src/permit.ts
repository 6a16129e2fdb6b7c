import { outcomeOf } from './classify.ts'
import type { Outcome } from './events.ts'
import type { Admission } from './gate.ts'
import type { Settled, Verdict } from './options.ts'

/**
 * A permit for one call that cannot be made as a function given to `run`. Settle it once: the first outcome counts,
 * later ones change nothing. Each promise settles when the outcome is where it must be, after at most
 * `storeWaitMs` for each request to the store, and never rejects.
 *
 * A permit with a bound (`timeoutMs` or `deadline`) that is never settled counts as a failure at the circuit's next
 * call, unless it was acquired `detached`; a permit to probe without a bound frees itself when its lease ends.
 *
 * @example
 * const permit = await circuit.acquire({ timeoutMs: 2_000 })
 * try {
 *   await permit.settle({ ok: true, value: await call() })
 * } catch (error) {
 *   await permit.settle({ ok: false, error })
 *   throw error
 * }
 */
export interface Permit {
  readonly circuit: string
  /** The generation the call was admitted under; an outcome counts only while it lasts. -1 where none does. */
  readonly generation: number
  /** True when this call probes a half-open circuit. */
  readonly probe: boolean
  /** The permit as plain data, for a call that ends elsewhere: `circuit.resume(token)` takes it up there. */
  readonly token: PermitToken
  /** The dependency worked. */
  succeed(): Promise<void>
  /** The dependency failed. `retryAfterMs`: how long it asked to be left alone. */
  fail(retryAfterMs?: number): Promise<void>
  /** The call says nothing of the dependency: a probe gives its lease back. */
  ignore(): Promise<void>
  /** Judges the call by the circuit's `classify`, counts it unless it was counted already, and returns its outcome. */
  settle(settled: Settled): Promise<Outcome>
}

/** A permit as plain data, good for JSON. Times are epoch ms. */
export interface PermitToken {
  readonly generation: number
  /** The lease of a probe that all environments share; absent for other calls. */
  readonly lease?: string
  readonly startedAt: number
}

/** What a permit reports to: its circuit. */
export interface PermitOwner {
  readonly name: string
  finish(permit: CallPermit, verdict: Verdict): Promise<unknown> | undefined
  judge(settled: Settled): Verdict
}

/** The permit as its circuit sees it. */
export class CallPermit implements Permit {
  declare readonly owner: PermitOwner
  declare readonly startedAt: number
  /** How long the call may take, in ms; Infinity without a bound. */
  declare readonly limitMs: number
  /** The admission by the gate; undefined where the call is let through whatever the gate says, and counts nowhere. */
  declare readonly admission: Admission | undefined
  /** How the call ended; undefined until then. */
  declare outcome: Outcome | undefined
  /** Ends the call before it has ended itself, at its limit or by the caller's signal; undefined where no call runs. */
  declare cut: (() => void) | undefined
  /** The permit of the same circuit that this call was let in on, being a part of that call. */
  declare readonly outer: CallPermit | undefined
  /** True where parts of this call are let in on this permit: while the circuit probes or recovers. */
  declare holds: boolean
  /** Its place among the permits that are not settled yet; -1 where it is none of them. */
  declare place: number

  constructor(
    owner: PermitOwner,
    startedAt: number,
    limitMs: number,
    admission?: Admission,
    outer?: CallPermit,
  ) {
    this.owner = owner
    this.startedAt = startedAt
    this.limitMs = limitMs
    this.admission = admission
    this.outcome = undefined
    this.cut = undefined
    this.outer = outer
    this.holds = false
    this.place = -1
  }

  /** When the call must be over, in epoch ms. */
  get dueAt(): number {
    return this.startedAt + this.limitMs
  }

  get circuit(): string {
    return this.owner.name
  }

  get generation(): number {
    return this.admission?.generation ?? -1
  }

  get probe(): boolean {
    return this.admission?.lease !== undefined
  }

  get token(): PermitToken {
    const { generation, startedAt, admission } = this
    return { generation, startedAt, ...(admission?.lease?.of === 'fleet' && { lease: admission.lease.id }) }
  }

  async succeed(): Promise<void> {
    await this.owner.finish(this, 'success')
  }

  async fail(retryAfterMs = 0): Promise<void> {
    await this.owner.finish(this, { outcome: 'failure', retryAfterMs })
  }

  async ignore(): Promise<void> {
    await this.owner.finish(this, 'ignored')
  }

  async settle(settled: Settled): Promise<Outcome> {
    const verdict = this.owner.judge(settled)
    await this.owner.finish(this, verdict)
    return outcomeOf(verdict)
  }
}
