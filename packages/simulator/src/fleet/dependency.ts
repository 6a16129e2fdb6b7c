import type { Engine, Task } from '../engine/engine.ts'
import type { Random } from '../engine/random.ts'
import {
  type Collapse,
  checkCondition,
  checkDependencyOptions,
  type DependencyCondition,
  type DependencyOptions,
} from './dependency-options.ts'

/** Receives the answer of the dependency to one call. */
export type Respond = (answer: { readonly ok: boolean }) => void

interface Call {
  readonly respond: Respond
  /** The end of its service. */
  task: Task | undefined
}

/**
 * The dependency that the fleet calls, in virtual time: servers, a queue, faults set by a scenario, and a collapse under
 * load. A caller that gives up ends no work: its call keeps its place and its server, as in reality. At any time
 * `calls === succeeded + failed + inFlight`.
 *
 * Give it a stream of random numbers of its own, as in the example. Bad options and conditions are a `TypeError`.
 *
 * @example
 * const dependency = new Dependency(engine, random.fork('dependency'), { servers: 50 })
 * dependency.call(({ ok }) => environment.deliver(() => settle(ok)))
 * engine.after(60_000, () => { dependency.condition = { mode: 'outage' } })
 */
export class Dependency {
  /** Calls that arrived, those of broken callers included. */
  calls = 0
  /** Calls answered well, whether or not the caller still waited. */
  succeeded = 0
  /** Calls answered with a failure, whether or not the caller still waited. */
  failed = 0
  /** Calls that arrived in an outage of the scenario. Those in a collapse and of broken callers do not count. */
  reachedWhileDown = 0
  /** How often it collapsed. */
  collapses = 0
  /** Since when it has been healthy, epoch ms of the engine; while something is wrong, the value from before. */
  healthySince: number
  readonly #engine: Engine
  readonly #options: Required<Omit<DependencyOptions, 'collapse'>>
  readonly #collapse: Collapse | undefined
  // A stream each: a fault changes the latency of other calls through the queue only.
  readonly #latencies: Random
  readonly #errors: Random
  readonly #failures: Random
  readonly #serving = new Set<Call>()
  #waiting: Call[] = []
  #hanging: Call[] = []
  #condition: DependencyCondition = { mode: 'healthy' }
  #restarting = false
  /** The dependency is warm when the run begins. */
  #upSince = Number.NEGATIVE_INFINITY

  constructor(engine: Engine, random: Random, options: DependencyOptions = {}) {
    const { latencyMs = 50, sigma = 0.3, failureMs = 20, ...more } = checkDependencyOptions(options)
    const { servers = Infinity, queueLimit = Infinity, errorRate = 0, collapse } = more
    this.#engine = engine
    this.#options = { latencyMs, sigma, failureMs, servers, queueLimit, errorRate }
    this.#collapse = collapse
    this.#latencies = random.fork('latencies')
    this.#errors = random.fork('errors')
    this.#failures = random.fork('failures')
    this.healthySince = engine.now
  }

  /** Calls not yet answered: served, waiting, hanging, or about to fail. */
  get inFlight(): number {
    return this.calls - this.succeeded - this.failed
  }

  /** Calls that wait for a server. */
  get backlog(): number {
    return this.#waiting.length
  }

  /** Whether it is in an outage of the scenario, or collapsed. */
  get down(): boolean {
    return this.#condition.mode === 'outage' || this.#restarting
  }

  get condition(): DependencyCondition {
    return this.#condition
  }

  /**
   * A fault begins or ends. An outage ends when anything else is set, and it then starts cold. Calls in service keep
   * the latency and the outcome they began with, unless an outage catches them.
   */
  set condition(condition: DependencyCondition) {
    checkCondition('Dependency', 'condition', condition)
    const { mode } = this.#condition
    this.#condition = condition
    if (condition.mode === 'outage') this.#drop()
    if (!this.#hangs) for (const { respond } of this.#hanging.splice(0)) this.#fail(respond)
    if (condition.mode !== 'outage' && mode === 'outage') this.#warmUp()
    if (condition.mode === 'healthy' && mode !== 'healthy') this.#markHealthy()
  }

  /**
   * Takes a call; `respond` is called once, never before this returns. A `broken` caller cannot reach it: its
   * call fails after `failureMs`, takes no server, and says nothing about the dependency.
   */
  call(respond: Respond, broken = false): void {
    this.calls++
    if (broken) {
      this.#fail(respond)
      return
    }
    if (this.#condition.mode === 'outage') this.reachedWhileDown++
    const call: Call = { respond, task: undefined }
    if (this.down) this.#failLost(call)
    else if (this.#serving.size < this.#options.servers) this.#serve(call)
    else if (this.#waiting.length >= this.#options.queueLimit) {
      this.#engine.after(0, () => this.#answer(respond, false))
    } else {
      this.#waiting.push(call)
      if (this.#collapse && this.#waiting.length > this.#collapse.backlog) this.#collapseNow(this.#collapse)
    }
  }

  get #hangs(): boolean {
    return this.#condition.mode === 'outage' && this.#condition.hang === true
  }

  #serve(call: Call): void {
    const { latencyMs, sigma, errorRate } = this.#options
    const condition = this.#condition
    const factor = condition.mode === 'slow' ? condition.factor : 1
    const extra = condition.mode === 'brownout' ? condition.errorRate : 0
    const ok = !this.#errors.chance(errorRate + extra - errorRate * extra)
    const work = this.#latencies.lognormal(latencyMs, sigma) * factor
    this.#serving.add(call)
    call.task = this.#engine.after(this.#timeFor(work), () => {
      this.#serving.delete(call)
      // Before the answer: a caller that calls again at once must not jump the queue.
      const next = this.#waiting.shift()
      if (next) this.#serve(next)
      this.#answer(call.respond, ok)
    })
  }

  /** How long `work` (ms at full speed) takes from now on, while the dependency warms up. */
  #timeFor(work: number): number {
    if (!this.#collapse) return work
    const { warmUpMs, coldShare } = this.#collapse
    const coldMs = warmUpMs - (this.#engine.now - this.#upSince)
    if (coldMs <= 0) return work
    const gain = (1 - coldShare) / warmUpMs
    const speed = 1 - gain * coldMs
    const doneCold = (coldMs * (speed + 1)) / 2
    // In a time t the work done is speed * t + gain * t * t / 2.
    return work > doneCold
      ? coldMs + work - doneCold
      : (2 * work) / (speed + Math.sqrt(speed * speed + 2 * gain * work))
  }

  #collapseNow({ restartMs }: Collapse): void {
    this.collapses++
    this.#restarting = true
    this.#drop()
    this.#engine.after(restartMs, () => {
      this.#restarting = false
      this.#warmUp()
      this.#markHealthy()
    })
  }

  /** Every call that is served or waits is lost. */
  #drop(): void {
    const lost = [...this.#serving, ...this.#waiting]
    this.#serving.clear()
    this.#waiting = []
    for (const call of lost) this.#failLost(call)
  }

  #failLost(call: Call): void {
    if (call.task) this.#engine.cancel(call.task)
    if (this.#hangs) this.#hanging.push(call)
    else this.#fail(call.respond)
  }

  #fail(respond: Respond): void {
    const { failureMs, sigma } = this.#options
    this.#engine.after(this.#failures.lognormal(failureMs, sigma), () => this.#answer(respond, false))
  }

  #answer(respond: Respond, ok: boolean): void {
    if (ok) this.succeeded++
    else this.failed++
    respond({ ok })
  }

  // An outage and a collapse may overlap: the dependency starts anew when the later one ends.
  #warmUp(): void {
    this.#upSince = this.#engine.now
  }

  #markHealthy(): void {
    if (this.#condition.mode === 'healthy' && !this.#restarting) this.healthySince = this.#engine.now
  }
}
