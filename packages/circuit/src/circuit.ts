import { runBounded } from './bounded.ts'
import { classify, outcomeOf, waitOf } from './classify.ts'
import { systemClock } from './clock.ts'
import { CallTimeoutError, CircuitOpenError, type RejectReason } from './errors.ts'
import type { CircuitEvent, CircuitListener } from './events.ts'
import { admittedShare, rejection } from './gate.ts'
import type { Gatekeeper, Pass } from './gatekeeper.ts'
import { Listeners } from './listeners.ts'
import { LocalGate } from './local-gate.ts'
import type { AcquireOptions, CircuitOptions, ControlAct, RunOptions, Settled, Verdict } from './options.ts'
import { CallPermit, type Permit, type PermitOwner } from './permit.ts'
import { resolvePolicy } from './policy.ts'
import type { CircuitRecord, Control, ControlMode } from './record.ts'
import { type CircuitScope, processName } from './scope.ts'
import type { CircuitStatus } from './status.ts'
import { checkFunction, checkNumber, checkText, invalid, largest } from './validate.ts'

const noOptions = {}

type Entered = CallPermit | CircuitOpenError | CallTimeoutError

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
export class Circuit implements PermitOwner {
  readonly name: string
  /** Name of this execution environment in records and events. */
  readonly environment: string

  readonly #scope: CircuitScope
  readonly #classify: (settled: Settled) => Verdict
  readonly #disabled: boolean
  readonly #listeners: Listeners
  readonly #local: LocalGate
  /** Who decides: the local gate, or one that shares its state through the store. */
  readonly #gate: Gatekeeper
  /** Permits with a bound that nobody has settled yet, and when the first of them is overdue. */
  readonly #bounded = new Set<CallPermit>()
  #overdueAt = Infinity

  /** @param group for {@link Circuits} only: whom to tell beside the circuit's own listeners. */
  constructor(name: string, options: CircuitOptions = noOptions, group?: Listeners) {
    const { store, listener, clock = systemClock, random = Math.random } = options
    const { environment = processName, disabled = disabledByEnvironment() } = options
    const policy = resolvePolicy(options)
    this.name = checkText('name', name)
    this.environment = checkText('environment', environment)
    this.#listeners = new Listeners(group)
    this.#classify = checkFunction('classify', options.classify ?? classify)
    this.#disabled = disabled
    const tell: CircuitScope['tell'] = event =>
      this.#listeners.tell({ circuit: name, at: clock.now(), ...event } as CircuitEvent)
    this.#scope = { circuit: name, environment, policy, clock, random, tell }
    if (listener) this.on(listener)
    if (store !== undefined && !store?.join) throw invalid('store', store, 'a SharedStore')
    this.#local = new LocalGate(this.#scope)
    this.#gate = store?.join(this.#local, this.#scope) ?? this.#local
  }

  /**
   * Runs a call through the circuit. The call gets an AbortSignal of its own, which ends with its time limit and with
   * the caller's `signal`.
   *
   * @param call what to do; its answer, or what it throws, is judged by `classify`.
   * @param options `timeoutMs`, `deadline` (epoch ms), `signal`, `fallback`.
   * @returns what the call answers, or the fallback.
   * @throws CircuitOpenError when rejected, CallTimeoutError past the limit, the reason of the caller's `signal`, or
   * what the call or the fallback throws.
   * @example
   * const user = await users.run((signal) => fetch(url, { signal }), { timeoutMs: 800, fallback: () => cached })
   */
  async run<T, F = never>(
    call: (signal: AbortSignal) => T | PromiseLike<T>,
    options: RunOptions<F> = noOptions,
  ): Promise<Awaited<T> | F> {
    checkFunction('call', call)
    const { signal, fallback } = options
    if (signal?.aborted) throw signal.reason
    const entering = this.#enter(options)
    const permit = entering instanceof Promise ? await entering : entering
    if (!(permit instanceof CallPermit)) {
      if (fallback) return this.#fallBack(fallback, 'rejected', permit)
      throw permit
    }
    let settled: Settled
    try {
      const { limitMs } = permit
      const value =
        limitMs === Infinity && !signal
          ? await call(new AbortController().signal)
          : await runBounded(call, limitMs, signal, this.#scope)
      settled = { ok: true, value }
    } catch (error) {
      settled = { ok: false, error }
    }
    // The caller gave up: that says nothing of the dependency.
    const verdict = signal?.aborted && !settled.ok ? 'ignored' : this.judge(settled)
    const done = this.finish(permit, verdict)
    if (done) await done
    // By what this call brought, not by what was counted: an overdue call may have thawed with a good answer.
    if (fallback && outcomeOf(verdict) === 'failure') {
      return this.#fallBack(fallback, 'failed', settled.ok ? settled.value : settled.error)
    }
    if (settled.ok) return settled.value as Awaited<T>
    throw settled.error
  }

  /**
   * Asks leave for one call that `run` cannot wrap. Tell the permit how the call ended.
   *
   * @throws CircuitOpenError when rejected; CallTimeoutError when the deadline has passed already.
   * @example
   * const permit = await circuit.acquire()
   */
  async acquire(options: AcquireOptions = noOptions): Promise<Permit> {
    const entered = await this.#enter(options)
    if (entered instanceof CallPermit) return entered
    throw entered
  }

  /** What this environment knows of the circuit, without asking the store. */
  status(): CircuitStatus {
    const { clock, policy } = this.#scope
    const now = clock.now()
    const control = this.#controlInForce(now)
    const { record, health } = this.#gate
    return {
      ...record,
      circuit: this.name,
      environment: this.environment,
      state: control && control.mode !== 'OBSERVE_ONLY' ? control.mode : record.state,
      admittedShare: admittedShare(record, policy, now),
      suspect: record.state === 'CLOSED' && now < record.suspectUntil,
      shedding: this.#local.record.state !== 'CLOSED',
      calls: this.#local.window.sums(now),
      control,
      store: health,
    }
  }

  /**
   * Reads the shared state now (strongly consistent) and answers the new status. Never rejects: a store that fails
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

  /** Decides and reports as ever but rejects nothing, until released or `forMs` has passed. Otherwise as {@link forceOpen}. */
  observeOnly(act: ControlAct): Promise<void> {
    return this.#act(act, 'OBSERVE_ONLY')
  }

  /** Ends an override; the circuit goes on from the state it is in. Otherwise as {@link forceOpen}. */
  release(act: Omit<ControlAct, 'forMs'>): Promise<void> {
    return this.#act(act)
  }

  /**
   * Listens to what happens here. Whatever the listener throws or delays, calls are not touched.
   *
   * @returns a function that ends it.
   * @example
   * const off = payments.on((event) => event.type === 'transition' && console.log(event.to))
   */
  on(listener: CircuitListener): () => void {
    return this.#listeners.add(checkFunction('listener', listener))
  }

  /** @internal What `classify` says of a settled call; one that throws has no say. */
  judge(settled: Settled): Verdict {
    try {
      return this.#classify(settled)
    } catch {
      return settled.ok ? 'success' : 'failure'
    }
  }

  /** @internal Counts a call's outcome, once; a promise where the fleet must hear of it before the call returns. */
  finish(permit: CallPermit, verdict: Verdict): Promise<unknown> | undefined {
    if (permit.outcome) return undefined
    let outcome = outcomeOf(verdict)
    permit.outcome = outcome
    const { startedAt, limitMs, pass, probe } = permit
    if (limitMs !== Infinity) this.#bounded.delete(permit)
    const { clock, policy, tell } = this.#scope
    const now = clock.now()
    const durationMs = now - startedAt
    const slow = durationMs >= policy.slowCallMs
    if (this.#listeners.any) tell({ type: 'call', outcome, durationMs, slow, probe })
    // A call counts when it ended; one that outlived its limit, as in a frozen environment, ended at its limit.
    const at = Math.min(now, startedAt + limitMs)
    if (!pass || (!probe && (outcome === 'ignored' || at <= now - policy.windowMs))) return undefined
    if (probe && slow && outcome === 'success') outcome = 'failure'
    return this.#gate.settle(pass, { outcome, slow, retryAfterMs: waitOf(verdict), startedAt, at, now })
  }

  async #fallBack<F>(
    fallback: NonNullable<RunOptions<F>['fallback']>,
    cause: 'rejected' | 'failed',
    error: unknown,
  ): Promise<F> {
    this.#scope.tell({ type: 'fallback' })
    return fallback(error, { circuit: this.name, cause, error })
  }

  /** A permit, or the error that says why there is none; at once unless the store must be asked. */
  #enter(options: AcquireOptions): Entered | Promise<Entered> {
    const now = this.#scope.clock.now()
    let endsAt = Infinity
    const { timeoutMs = this.#scope.policy.timeoutMs, deadline } = options
    if (timeoutMs !== Infinity) endsAt = now + checkNumber('timeoutMs', timeoutMs)
    if (deadline !== undefined) {
      if (!Number.isFinite(deadline)) throw invalid('deadline', deadline, 'epoch ms')
      endsAt = Math.min(endsAt, deadline, now + largest)
    }
    if (this.#disabled) return this.#permit(now, endsAt)
    if (now > this.#overdueAt) this.#settleOverdue(now)
    const reading = this.#gate.freshen?.(now)
    return reading
      ? reading.then(() => this.#decide(endsAt, this.#scope.clock.now()))
      : this.#decide(endsAt, now)
  }

  /** What an operator says comes first, then what the gate says. */
  #decide(endsAt: number, now: number): Entered | Promise<Entered> {
    const { clock, policy } = this.#scope
    const control = this.#controlInForce(now)
    const mode = control?.mode
    if (mode === 'FORCED_CLOSED') return this.#permit(now, endsAt)
    if (mode === 'FORCED_OPEN') {
      return this.#reject('forced-open', (control?.until ?? now + policy.openMs) - now)
    }
    // A lease lasts as long as its call may, so that one lost with its environment is soon free again.
    const leaseMs = Math.min(policy.probeLeaseMs, Math.ceil((endsAt - now) * 1.1) + 1_000)
    const answer = this.#gate.ask(now, leaseMs)
    return answer instanceof Promise
      ? answer.then(later => this.#admit(later, endsAt, mode, clock.now()))
      : this.#admit(answer, endsAt, mode, now)
  }

  #admit(answer: Pass | CircuitRecord, endsAt: number, mode: ControlMode | undefined, now: number): Entered {
    const { policy } = this.#scope
    if (!('state' in answer)) return this.#permit(now, endsAt, answer)
    const observed = mode === 'OBSERVE_ONLY'
    const error = this.#reject(...rejection(answer, policy, now), observed)
    return observed ? this.#permit(now, endsAt) : error
  }

  #reject(reason: RejectReason, waitMs: number, observed = false): CircuitOpenError {
    const wait = Math.max(0, Math.ceil(waitMs))
    if (this.#listeners.any) this.#scope.tell({ type: 'rejection', reason, retryAfterMs: wait, observed })
    return new CircuitOpenError(this.name, reason, wait)
  }

  #permit(now: number, endsAt: number, pass?: Pass): Entered {
    let limitMs = endsAt - now
    // A probe ends before its lease does, so that its outcome still counts.
    if (pass?.lease) limitMs = Math.min(limitMs, this.#scope.policy.probeLeaseMs * 0.9)
    const permit = new CallPermit(this, now, limitMs, pass)
    if (limitMs <= 0) {
      // Too late: its lease, if it had to wait for one, goes back.
      if (pass?.lease) void this.finish(permit, 'ignored')
      return new CallTimeoutError(this.name, 0)
    }
    if (limitMs !== Infinity) {
      this.#bounded.add(permit)
      this.#overdueAt = Math.min(this.#overdueAt, now + limitMs)
    }
    return permit
  }

  /** Calls that should long be over: their environment was frozen before their timer ran. The dependency hung. */
  #settleOverdue(now: number): void {
    this.#overdueAt = Infinity
    for (const permit of this.#bounded) {
      const dueAt = permit.startedAt + permit.limitMs
      if (now > dueAt) this.finish(permit, 'failure')
      else this.#overdueAt = Math.min(this.#overdueAt, dueAt)
    }
  }

  #controlInForce(now: number): Control | undefined {
    const { control } = this.#gate
    return control && now < (control.until ?? Infinity) ? control : undefined
  }

  async #act(act: ControlAct, mode?: ControlMode): Promise<void> {
    const at = this.#scope.clock.now()
    const by = checkText('by', act?.by)
    const { forMs } = act
    const entry = {
      by,
      reason: checkText('reason', act.reason),
      at,
      ...(forMs !== undefined && { until: at + checkNumber('forMs', forMs) }),
    }
    const control = mode && { ...entry, mode }
    await this.#gate.override(control, { ...entry, act: mode ?? 'RELEASED' })
    this.#scope.tell({ type: 'control', control })
  }
}

/** Read once: changing a Lambda function's variables starts new environments anyway. */
function disabledByEnvironment(): boolean {
  const env = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env
  return /^(true|1)$/.test(String(env?.BREAKWATER_DISABLED))
}
