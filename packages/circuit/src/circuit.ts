import { admittedShare, rejection } from './admission.ts'
import type { ActiveRetry, ActiveThrottle } from './attempts.ts'
import { begin, endlessSignal, release, runBounded, start } from './bounded.ts'
import { classify, isVerdict, outcomeOf, retryAfterOf } from './classify.ts'
import { deadlines } from './deadline.ts'
import { discard, inPlaceOf } from './discard.ts'
import {
  CallTimeoutError,
  type CircuitOpenError,
  isRejection,
  openError,
  type RejectReason,
  type RejectScope,
} from './errors.ts'
import type { CircuitEvent, CircuitListener } from './events.ts'
import type { Admission, Gate } from './gate.ts'
import { inRecovery } from './judge.ts'
import { Listeners } from './listeners.ts'
import { LocalGate } from './local-gate.ts'
import { complain } from './misconfiguration.ts'
import { heldPermits } from './nesting.ts'
import type {
  AcquireOptions,
  Call,
  CircuitOptions,
  ControlAct,
  RunOptions,
  Settled,
  TimeLimits,
  Verdict,
} from './options.ts'
import { type PendingPermits, pendingBy } from './pending.ts'
import { CallPermit, type Permit, type PermitToken } from './permit.ts'
import { leaseMsOf, maxLeaseMs, probeShare } from './policy.ts'
import type { CircuitRecord, Control, ControlMode } from './record.ts'
import type { CircuitScope, NewEvent } from './scope.ts'
import { checkAcquireOptions, checkRunOptions, readSettings } from './settings.ts'
import type { CircuitStatus } from './status.ts'
import {
  checkFunction,
  checkNumber,
  checkObject,
  checkPlainText,
  checkText,
  invalid,
  largest,
} from './validate.ts'

const noOptions = {}

/** Of so many calls with options of a circuit all names are checked: a misspelt one is in the code from the start. */
const checkedCalls = 100

const settledAlready = Promise.resolve()

/** Why a call is not let in. An error is made of it only where the caller sees it. */
interface Refusal {
  readonly reason: RejectReason | 'too-late'
  readonly waitMs: number
  readonly scope: RejectScope
}

type Entered = CallPermit | Refusal

/**
 * A circuit breaker. Calls pass while the dependency works; when too many fail, the circuit opens and rejects in
 * microseconds; after a while a few calls probe, and when they succeed traffic grows back.
 *
 * With a `store` all environments share one state: they open together, probe together and close together, while
 * each keeps a gate of its own, for the case that it alone is broken and for the time the store is away.
 *
 * @throws TypeError for a bad name or option, naming it, its value and what is allowed.
 * @example
 * const payments = new Circuit('payments', { store: new DynamoDbStore({ tableName: process.env.CIRCUIT_TABLE }) })
 * const receipt = await payments.run((signal) => charge(order, { signal }), {
 *   timeoutMs: 2_000,
 *   fallback: () => ({ status: 'pending' }),
 * })
 */
export class Circuit {
  readonly name: string
  /** Name of this execution environment in records and events. */
  readonly environment: string

  readonly #scope: CircuitScope
  readonly #classify: (settled: Settled) => Verdict | undefined
  readonly #disabled: boolean
  readonly #listeners: Listeners
  readonly #local: LocalGate
  /** The gate that decides: the local one, or one that shares its state through the store. */
  readonly #gate: Gate
  readonly #activeRetry: ActiveRetry | undefined
  readonly #activeThrottle: ActiveThrottle | undefined
  readonly #stackTraces: boolean
  /** True where neither the store nor an option needs the time at which a call began. */
  readonly #simple: boolean
  /** False where a success only ends a row of failures, and need not be counted. */
  readonly #countsSuccesses: boolean
  /** Permits with a bound that are not settled yet, of this circuit and others. */
  readonly #bounded: PendingPermits
  /** Permits, not settled yet, on which calls of this environment are let in as well. */
  readonly #reentrant = new Set<CallPermit>()
  #uncheckedCalls = checkedCalls
  #misconfigured = false

  constructor(name: string, options: CircuitOptions = noOptions) {
    const { policy, clock, random, environment, store, retry, throttle, ...settings } = readSettings(options)
    this.name = checkPlainText('Circuit: name', name)
    this.environment = environment
    this.#listeners = new Listeners(settings.listeners)
    this.#classify = settings.classify
    this.#disabled = settings.disabled
    this.#stackTraces = settings.stackTraces
    const { name: group } = this.#listeners
    const emit: CircuitScope['emit'] = event =>
      this.#listeners.emit({ circuit: name, group, at: clock.now(), ...event } as CircuitEvent)
    this.#scope = { circuit: name, environment, policy, clock, random, emit }
    if (settings.listener) this.on(settings.listener)
    if (settings.problem) this.#misconfiguredBy(settings.problem)
    this.#bounded = pendingBy(clock)
    this.#local = new LocalGate(this.#scope)
    this.#gate = store?.join(this.#local, this.#scope) ?? this.#local
    this.#activeRetry = retry?.(this.#scope)
    this.#activeThrottle = throttle?.(this.#scope)
    this.#simple =
      !(store || throttle || this.#disabled) &&
      policy.timeoutMs === Infinity &&
      policy.slowCallMs === Infinity
    this.#countsSuccesses = policy.consecutiveFailures === 0 || retry !== undefined
  }

  /**
   * Runs a call through the circuit. The call gets an AbortSignal, which ends with its time limit and with the caller's
   * `signal`; calls that have neither share signals that never end.
   *
   * The body of a response that the caller does not get, since another attempt or the fallback answers or it came too
   * late, is cancelled: unread it would hold its connection.
   *
   * A call that is made inside of a call of the same circuit is let in on that one's permit while the circuit probes or
   * recovers: it needs no permit of its own, and its failure is that call's.
   *
   * @param call makes the call; `classify` judges the value it returns, or the error it throws.
   * @param options `timeoutMs` (of each attempt), `deadline` (epoch ms, of all), `signal`, `fallback`, `idempotent`.
   * @returns the value of the call, or of the fallback.
   * @throws CircuitOpenError when rejected, CallTimeoutError past the limit, the reason of the caller's `signal`, or
   * the error of the call or the fallback; TypeError for bad arguments and options.
   * @example
   * const user = await users.run((signal) => fetch(url, { signal }), { timeoutMs: 800, fallback: () => cached })
   */
  run<T, F = never>(call: Call<T>, options: RunOptions<F> = noOptions): Promise<Awaited<T> | F> {
    try {
      checkFunction('Circuit: call', call)
      if (options !== noOptions) checkRunOptions(options, this.#uncheckedCalls-- > 0)
      if (options.signal?.aborted) throw options.signal.reason
      if (this.#isLight(options)) return this.#attempt(call, options, this.#lightAdmission(), 1)
      const entering = this.#enter(options)
      return entering instanceof Promise
        ? this.#beginLater(call, options, entering)
        : this.#begin(call, options, entering)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Acquires a permit for one call that `run` cannot wrap. Tell the permit how the call ended; where the call ends in
   * another environment or invocation, acquire the permit `detached` and {@link resume} it there.
   *
   * @param options `timeoutMs`, `deadline` (epoch ms), `detached`, `reentrant`.
   * @throws CircuitOpenError when rejected; CallTimeoutError when the deadline has passed already; TypeError for a bad option.
   * @example
   * const permit = await circuit.acquire({ timeoutMs: 2_000 })
   */
  async acquire(options: AcquireOptions = noOptions): Promise<Permit> {
    const { detached, reentrant } = checkAcquireOptions(options)
    const entered = await this.#enter(options, detached)
    if (!(entered instanceof CallPermit)) throw this.#errorOf(entered)
    if (detached) this.#bounded.delete(entered)
    else if (reentrant && entered.holds) this.#reentrant.add(entered)
    return entered
  }

  /**
   * Takes up a permit that was acquired `detached`, in another environment or another invocation: a workflow acquires it
   * before a task, and settles it afterwards. An outcome of a generation that is over, or under a lease that has expired,
   * changes nothing. Needs a `store`; `refresh()` first where the environment may have been frozen.
   *
   * @param token the `permit.token` of that permit.
   * @example
   * const { token } = await payments.acquire({ detached: true, timeoutMs: 30_000 })
   * // later, elsewhere:
   * const permit = payments.resume(token)
   * await permit.settle({ ok: false, error: event.error })
   */
  resume(token: PermitToken): Permit {
    const { generation, lease, startedAt } = checkObject('Circuit: token', token)
    const localGeneration = this.#local.record.generation
    const held = lease === undefined ? undefined : { id: lease, of: 'fleet' as const }
    return new CallPermit(this, startedAt, Infinity, {
      generation,
      localGeneration,
      lease: held,
      detached: true,
    })
  }

  /** The circuit as this environment knows it, without asking the store. */
  status(): CircuitStatus {
    const { clock, policy } = this.#scope
    const now = clock.now()
    const control = this.#controlInForce(now)
    const { record, health } = this.#gate
    const state = control && control.mode !== 'OBSERVE_ONLY' ? control.mode : record.state
    const shedding = this.#local.record.state !== 'CLOSED'
    const own = state === 'CLOSED' && shedding ? 'environment' : undefined
    return {
      ...record,
      circuit: this.name,
      environment: this.environment,
      state,
      scope: state.endsWith('OPEN') ? this.#scopeOf(record) : own,
      admittedShare: admittedShare(record, policy, now),
      suspect: record.state === 'CLOSED' && now < record.suspectUntil,
      shedding,
      calls: this.#local.window.sums(now),
      control,
      store: health,
    }
  }

  /**
   * Reads the shared state now (strongly consistent) and returns the new status. Never rejects: a store that fails
   * shows in the status. Good for warming up while a Lambda environment initialises, and for tools.
   *
   * @example
   * await payments.refresh() // at the top level of the handler's module
   */
  async refresh(): Promise<CircuitStatus> {
    await this.#gate.refresh?.()
    return this.status()
  }

  /**
   * Rejects every call, in all environments, until released or `forMs` has passed.
   *
   * @throws StoreError when the act could not be recorded; nothing is in force then.
   * @example
   * await payments.forceOpen({ by: 'ana', reason: 'provider migrates', forMs: 900_000 })
   */
  forceOpen(act: ControlAct): Promise<void> {
    return this.#act(act, 'FORCED_OPEN')
  }

  /** Lets every call through and counts none, until released or `forMs` has passed. Otherwise as {@link forceOpen}. */
  forceClosed(act: ControlAct): Promise<void> {
    return this.#act(act, 'FORCED_CLOSED')
  }

  /** Decides and reports, but rejects nothing, until released or `forMs` has passed. Otherwise as {@link forceOpen}. */
  observeOnly(act: ControlAct): Promise<void> {
    return this.#act(act, 'OBSERVE_ONLY')
  }

  /** Ends an override; the circuit goes on from the state it is in. Otherwise as {@link forceOpen}. */
  release(act: Omit<ControlAct, 'forMs'>): Promise<void> {
    return this.#act(act)
  }

  /**
   * Listens to the events of this circuit. Whatever the listener throws or delays, calls are not touched.
   *
   * @returns a function that ends it.
   * @example
   * const off = payments.on((event) => event.type === 'transition' && console.log(event.to))
   */
  on(listener: CircuitListener): () => void {
    return this.#listeners.add(checkFunction('Circuit: listener', listener))
  }

  /**
   * Judges a settled call, without counting it: the rejection of any circuit is ignored, see {@link isRejection}; all else
   * is judged by the circuit's `classify`. Never throws: where `classify` does, a value is a success and an error a failure.
   * For guards that choose the answer themselves, as the middleware does.
   *
   * @param settled the value that the call returned, or the error that it threw.
   * @example
   * const verdict = payments.judge({ ok: false, error })
   */
  judge(settled: Settled): Verdict {
    try {
      if (!settled.ok && isRejection(settled.error)) return 'ignored'
      const verdict = this.#classify(settled)
      if (isVerdict(verdict)) return verdict
      if (verdict !== undefined) this.#misconfiguredBy('classify returned no verdict; the default judges')
      return classify(settled)
    } catch {
      return settled.ok ? 'success' : 'failure'
    }
  }

  /** @internal Calls the listeners with news of what keeps this circuit. */
  emit(event: NewEvent<CircuitEvent>): void {
    this.#scope.emit(event)
  }

  /** @internal Counts a call's outcome, once; a promise where the fleet must hear of it before the call returns. */
  finish(permit: CallPermit, verdict: Verdict): Promise<unknown> | undefined {
    if (permit.outcome) return undefined
    let outcome = outcomeOf(verdict)
    permit.outcome = outcome
    const { startedAt, admission, probe } = permit
    // A call that runs leaves when it ends: it is yet to be cut.
    if (!permit.cut) this.#bounded.delete(permit)
    if (permit.holds) this.#reentrant.delete(permit)
    const { clock, policy } = this.#scope
    const now = clock.now()
    // Where the clock was set back meanwhile, the duration is not known.
    const durationMs = Math.max(0, now - startedAt)
    const slow = durationMs >= policy.slowCallMs
    if (this.#listeners.any) {
      // Whole, and not by `emit`: there is one for each call.
      const circuit = this.name
      const { name: group } = this.#listeners
      this.#listeners.emit({ type: 'call', circuit, group, at: now, outcome, durationMs, slow, probe })
    }
    const { outer } = permit
    if (outer && outcome === 'failure') return outer.owner.finish(outer, verdict)
    // A call counts when it ended; one that outlived its limit, as in a frozen environment, ended at its limit.
    const at = Math.min(now, permit.dueAt)
    // Rates are those of a window; a row of failures is as old as it may be.
    const late = policy.consecutiveFailures === 0 && at <= now - policy.windowMs
    if (!admission || (!probe && (outcome === 'ignored' || late))) return undefined
    if (probe && slow && outcome === 'success') outcome = 'failure'
    if (outcome !== 'ignored') this.#activeThrottle?.count(outcome === 'success', at, now)
    return this.#gate.settle(admission, {
      outcome,
      slow,
      retryAfterMs: retryAfterOf(verdict),
      startedAt,
      at,
      now,
    })
  }

  #begin<T, F>(call: Call<T>, options: RunOptions<F>, entered: Entered): Promise<Awaited<T> | F> {
    return entered instanceof CallPermit
      ? this.#attempt(call, options, entered, 1)
      : this.#refuse(entered, options.fallback)
  }

  /** Awaits the call rather than return its promise: so its error's stack trace has the callers from its first tick on. */
  async #beginLater<T, F>(
    call: Call<T>,
    options: RunOptions<F>,
    entering: Promise<Entered>,
  ): Promise<Awaited<T> | F> {
    return await this.#begin(call, options, await entering)
  }

  #refuse<F>(refusal: Refusal, fallback: RunOptions<F>['fallback']): Promise<F> {
    const error = this.#errorOf(refusal)
    if (fallback) return this.#fallBack(fallback, 'rejected', error)
    // A turn later the caller awaits the error already, and Node need not track an unhandled rejection.
    return new Promise((_, reject) => void settledAlready.then(() => reject(error)))
  }

  /** `admitted`: a permit, or on the light path the generation the call is made under. Nothing is awaited, so that a call costs as few promises as can be. */
  #attempt<T, F>(
    call: Call<T>,
    options: RunOptions<F>,
    admitted: CallPermit | number,
    attempt: number,
  ): Promise<Awaited<T> | F> {
    const { signal } = options
    const called =
      typeof admitted === 'number'
        ? start(call, endlessSignal())
        : admitted.limitMs === Infinity && !signal
          ? begin(call, endlessSignal(), admitted)
          : runBounded(call, admitted, signal, this.#bounded)
    return called.then(
      value => this.#end({ ok: true, value }, call, options, admitted, attempt) ?? value,
      error => {
        const answer = this.#end({ ok: false, error }, call, options, admitted, attempt)
        // The call's own promise, as the error thrown once more would take V8 as long as all the rest.
        return answer ?? called
      },
    )
  }

  /** Counts how an attempt ended. Returns the caller's answer where it is not the attempt's own. */
  #end<T, F>(
    settled: Settled<Awaited<T>>,
    call: Call<T>,
    options: RunOptions<F>,
    admitted: CallPermit | number,
    attempt: number,
  ): Promise<Awaited<T> | F> | undefined {
    if (typeof admitted !== 'number') release(admitted, options.signal, this.#bounded)
    // The caller gave up: that says nothing of the dependency.
    const aborted = options.signal?.aborted && !settled.ok
    const verdict = aborted ? 'ignored' : this.judge(settled)
    const counted =
      typeof admitted === 'number' ? this.#count(admitted, verdict) : this.finish(admitted, verdict)
    // By this call's own result, not by the one that was counted: an overdue call may have thawed with a good answer.
    if (counted || (verdict !== 'success' && !aborted && (this.#activeRetry || options.fallback))) {
      return this.#conclude(settled, verdict, counted, call, options, attempt)
    }
    return undefined
  }

  /** The answer after an attempt that was no plain success: that of another attempt, of the fallback, or its own. */
  async #conclude<T, F>(
    settled: Settled<Awaited<T>>,
    verdict: Verdict,
    counted: Promise<unknown> | undefined,
    call: Call<T>,
    options: RunOptions<F>,
    attempt: number,
  ): Promise<Awaited<T> | F> {
    if (counted) await counted
    const { fallback } = options
    if (outcomeOf(verdict) === 'failure') {
      const permit =
        this.#activeRetry && (await this.#again(this.#activeRetry, attempt, retryAfterOf(verdict), options))
      if (permit) {
        discard(settled)
        return await this.#attempt(call, options, permit, attempt + 1)
      }
      if (fallback) {
        const reason = settled.ok ? settled.value : settled.error
        return inPlaceOf(settled, this.#fallBack(fallback, 'failed', reason))
      }
    } else if (fallback && !settled.ok && !options.signal?.aborted && isRejection(settled.error)) {
      return this.#fallBack(fallback, 'rejected', settled.error)
    }
    if (settled.ok) return settled.value
    throw settled.error
  }

  /** Counts a call of the light path, which asked no gate. */
  #count(generation: number, verdict: Verdict): undefined {
    const { clock } = this.#scope
    if (verdict === 'success') {
      this.#local.succeed(generation, this.#countsSuccesses ? clock.now() : undefined)
      return
    }
    const outcome = outcomeOf(verdict)
    if (outcome === 'ignored') return
    const now = clock.now()
    const retryAfterMs = retryAfterOf(verdict)
    const admission = { generation, localGeneration: generation, lease: undefined }
    this.#local.settle(admission, { outcome, slow: false, retryAfterMs, startedAt: now, at: now, now })
  }

  /** A permit for the next attempt; undefined where none is to be made. */
  async #again(
    activeRetry: ActiveRetry,
    attempt: number,
    retryAfterMs: number,
    options: RunOptions<unknown>,
  ): Promise<CallPermit | undefined> {
    // Neither is an open circuit asked nor a permit to probe spent: the failed attempt has an answer already.
    const closed = () => this.#gate.record.state === 'CLOSED'
    if (!((options.idempotent ?? activeRetry.idempotent) && closed())) return undefined
    const now = this.#scope.clock.now()
    const { calls } = this.#local.window.sums(now)
    const { signal } = options
    const deadline = Math.min(options.deadline ?? Infinity, deadlines.storage?.getStore() ?? Infinity)
    const again = await activeRetry.again({ attempt, retryAfterMs, calls, now, deadline, signal })
    const entered = again && closed() && (await this.#enter(options))
    return entered instanceof CallPermit ? entered : undefined
  }

  async #fallBack<F>(
    fallback: NonNullable<RunOptions<F>['fallback']>,
    cause: 'rejected' | 'failed',
    error: unknown,
  ): Promise<F> {
    if (this.#listeners.any) this.#scope.emit({ type: 'fallback' })
    return fallback(error, { circuit: this.name, cause, error })
  }

  #errorOf({ reason, waitMs, scope }: Refusal): CircuitOpenError | CallTimeoutError {
    if (reason === 'too-late') return new CallTimeoutError(this.name, 0)
    return openError(this.name, reason, waitMs, scope, this.#stackTraces)
  }

  /** True where only the outcome of a call matters: the circuit admits it at any time, and its duration is not needed. */
  #isLight({ timeoutMs, deadline, signal }: RunOptions<unknown>): boolean {
    const { record, control } = this.#local
    return (
      this.#simple &&
      record.state === 'CLOSED' &&
      !(record.recovering || control || signal) &&
      timeoutMs === undefined &&
      deadline === undefined &&
      (this.#bounded.overdueAt === Infinity || this.#scope.clock.now() <= this.#bounded.overdueAt) &&
      deadlines.storage?.getStore() === undefined
    )
  }

  /** The permit of a light call; where no listener is to hear how long it took, the generation it is made under will do. */
  #lightAdmission(): CallPermit | number {
    const { record } = this.#local
    if (!this.#listeners.any) return record.generation
    const now = this.#scope.clock.now()
    return new CallPermit(this, now, Infinity, this.#local.admitted(record.generation))
  }

  /** A permit, or the reason of the refusal; at once unless the store must be asked. */
  #enter(options: TimeLimits, detached?: boolean): Entered | Promise<Entered> {
    const now = this.#scope.clock.now()
    const { timeoutMs, deadline } = options
    let endsAt =
      now +
      (timeoutMs === undefined ? this.#scope.policy.timeoutMs : checkNumber('Circuit: timeoutMs', timeoutMs))
    if (deadline !== undefined) {
      if (!Number.isFinite(deadline)) throw invalid('Circuit: deadline', deadline, 'epoch ms')
      endsAt = Math.min(endsAt, deadline, now + largest)
    }
    const outer = deadlines.storage?.getStore()
    if (outer !== undefined) endsAt = Math.min(endsAt, outer)
    if (this.#disabled) return this.#permit(now, endsAt)
    if (now > this.#bounded.overdueAt) this.#bounded.settleOverdue(now)
    const reading = this.#gate.freshen?.(now)
    return reading
      ? reading.then(() => this.#decide(endsAt, this.#scope.clock.now(), detached))
      : this.#decide(endsAt, now, detached)
  }

  /** The operator's override comes first, then the gate, then the throttle. */
  #decide(endsAt: number, now: number, detached?: boolean): Entered | Promise<Entered> {
    const { clock, policy } = this.#scope
    const control = this.#controlInForce(now)
    const mode = control?.mode
    const outer = detached || mode ? undefined : this.#outer(now)
    if (outer) return this.#permit(now, endsAt, undefined, outer)
    if (mode === 'FORCED_CLOSED') return this.#permit(now, endsAt)
    if (mode === 'FORCED_OPEN') {
      return this.#reject('forced-open', (control?.until ?? now + policy.openMs) - now, this.#gate.scope)
    }
    // A lease lasts as long as its call may: no shorter, or its outcome would not count, and little longer, so that the
    // lease of an environment that died is soon free again.
    const leaseMs = endsAt === Infinity ? policy.probeLeaseMs : leaseMsOf(endsAt - now)
    const answer = this.#gate.ask(now, leaseMs, detached)
    return answer instanceof Promise
      ? answer.then(later => this.#admit(later, endsAt, mode, clock.now()))
      : this.#admit(answer, endsAt, mode, now)
  }

  #admit(
    answer: Admission | CircuitRecord,
    endsAt: number,
    mode: ControlMode | undefined,
    now: number,
  ): Entered {
    const { policy } = this.#scope
    const observed = mode === 'OBSERVE_ONLY'
    let refusal: Refusal
    if ('state' in answer) {
      const [reason, waitMs] = rejection(answer, policy, now)
      refusal = this.#reject(reason, waitMs, this.#scopeOf(answer), observed)
    } else if (!answer.lease && this.#activeThrottle?.sheds(now)) {
      refusal = this.#reject('throttled', policy.refreshMs, 'environment', observed)
    } else return this.#permit(now, endsAt, answer)
    return observed ? this.#permit(now, endsAt) : refusal
  }

  #reject(reason: RejectReason, wait: number, scope: RejectScope, observed = false): Refusal {
    const waitMs = Math.max(0, Math.ceil(wait))
    if (this.#listeners.any)
      this.#scope.emit({ type: 'rejection', reason, scope, retryAfterMs: waitMs, observed })
    return { reason, waitMs, scope }
  }

  #scopeOf(record: CircuitRecord): RejectScope {
    return record === this.#local.record ? 'environment' : this.#gate.scope
  }

  /** The permit of a call that the present one is a part of, if it still decides anything. */
  #outer(now: number): CallPermit | undefined {
    const { generation, state } = this.#gate.record
    // An open circuit has let no call in.
    if (state === 'OPEN') return undefined
    const good = ({ owner, outcome, admission, dueAt }: CallPermit) =>
      (owner === this || (owner.name === this.name && admission?.lease?.of === 'fleet')) &&
      !outcome &&
      admission?.generation === generation &&
      now < dueAt
    for (let held = heldPermits(); held; held = held.outer) if (good(held.permit)) return held.permit
    for (const permit of this.#reentrant) if (good(permit)) return permit
    return undefined
  }

  #permit(now: number, endsAt: number, admission?: Admission, outer?: CallPermit): Entered {
    let limitMs = endsAt - now
    // A probe ends before its lease does, so that its outcome still counts.
    if (admission?.lease) {
      const leaseMs = endsAt === Infinity ? this.#scope.policy.probeLeaseMs : maxLeaseMs
      limitMs = Math.min(limitMs, leaseMs * probeShare)
    }
    const permit = new CallPermit(this, now, limitMs, admission, outer)
    permit.holds =
      permit.probe ||
      (admission !== undefined &&
        [this.#gate, this.#local].some(({ record }) => inRecovery(record, this.#scope.policy, now)))
    if (limitMs <= 0) {
      // The deadline passed while the call waited for a lease: the lease goes back.
      if (admission?.lease) void this.finish(permit, 'ignored')
      return { reason: 'too-late', waitMs: 0, scope: 'environment' }
    }
    if (limitMs !== Infinity) this.#bounded.add(permit)
    return permit
  }

  /** Says once that a setting cannot be used: to standard error, and to the listeners, also those that are added at once. */
  #misconfiguredBy(message: string): void {
    if (this.#misconfigured) return
    this.#misconfigured = true
    complain(this.name, message)
    // Undefined where the constructor has thrown.
    void settledAlready.then(() => this.#scope?.emit({ type: 'misconfiguration', message }))
  }

  #controlInForce(now: number): Control | undefined {
    const { control } = this.#gate
    return control && now < (control.until ?? Infinity) ? control : undefined
  }

  async #act(act: ControlAct, mode?: ControlMode): Promise<void> {
    const at = this.#scope.clock.now()
    const by = checkPlainText('Circuit: by', act?.by)
    const { forMs } = act
    const entry = {
      by,
      reason: checkText('Circuit: reason', act.reason),
      at,
      ...(forMs !== undefined && { until: at + checkNumber('Circuit: forMs', forMs) }),
    }
    const control = mode && { ...entry, mode }
    await this.#gate.override(control, { ...entry, act: mode ?? 'RELEASED' })
    this.#scope.emit({ type: 'control', control })
  }
}
