import type { Engine, Task } from '../engine/engine.ts'
import type { Random } from '../engine/random.ts'

/**
 * What a scenario does to the dependency, for `Dependency.condition`. It holds until another one is set.
 *
 * - `healthy`: nothing is wrong.
 * - `outage`: every call fails after `failureMs`; with `hang`, nobody gets an answer before the outage is over.
 * - `brownout`: a share `errorRate` (0 to 1) of the calls fails, on top of the usual noise, after the usual time.
 * - `slow`: service takes `factor` times as long, and nothing fails for it.
 *
 * @example
 * const fault: DependencyCondition = { mode: 'brownout', errorRate: 0.3 }
 */
export type DependencyCondition =
  | { readonly mode: 'healthy' }
  | { readonly mode: 'outage'; readonly hang?: boolean }
  | { readonly mode: 'brownout'; readonly errorRate: number }
  | { readonly mode: 'slow'; readonly factor: number }

/**
 * How the dependency falls over under load, and how it comes back: the stuff of metastable failures, since a full load
 * that returns at once fells it again.
 *
 * @example
 * const collapse: Collapse = { backlog: 200, restartMs: 3_000, warmUpMs: 15_000, coldShare: 0.25 }
 */
export interface Collapse {
  /** It falls over when more calls than this wait for a server. */
  readonly backlog: number
  /** Everything fails fast for so long, ms. */
  readonly restartMs: number
  /** After a restart, or an outage, it takes so long to reach full speed, ms, in a straight line from `coldShare`. */
  readonly warmUpMs: number
  /** Speed at the start, as a share of the full one: above 0, at most 1. */
  readonly coldShare: number
}

/**
 * What the dependency is like while nothing is wrong. Times are lognormal.
 *
 * @example
 * const options: DependencyOptions = { latencyMs: 20, servers: 40, queueLimit: 500 }
 */
export interface DependencyOptions {
  /** Median time of service at full speed, ms. @default 50 */
  readonly latencyMs?: number
  /** Spread of all times, the standard deviation of their logarithm. @default 0.3 */
  readonly sigma?: number
  /** Median time after which a call fails that meets, or is caught by, an outage or a collapse, ms. @default 20 */
  readonly failureMs?: number
  /** Calls served at once; others wait in line, first come, first served. @default Infinity */
  readonly servers?: number
  /** Calls that may wait; a call beyond them is refused at once. @default Infinity */
  readonly queueLimit?: number
  /** Share of calls that fail though all is well, 0 to 1. @default 0 */
  readonly errorRate?: number
  /** How it falls over when too many calls wait; needs `servers`. @default it never does */
  readonly collapse?: Collapse
}

/**
 * Tells a caller how its call ended.
 *
 * @example
 * const done: Answer = ({ ok }) => console.log(ok ? 'served' : 'failed')
 */
export type Answer = (answer: { readonly ok: boolean }) => void

interface Call {
  readonly done: Answer
  /** The end of its service. */
  task: Task | undefined
}

/**
 * What the fleet calls, in virtual time: servers, a queue, faults set by a scenario, and a collapse under load. A
 * caller that gave up ends no work: its call keeps its place and its server, as in reality. At any time
 * `calls === succeeded + failed + inFlight`.
 *
 * The stream of chance should be its own, as in the example. Bad options and conditions are a `TypeError`.
 *
 * @example
 * const dependency = new Dependency(engine, random.fork('dependency'), { servers: 50 })
 * dependency.call(({ ok }) => environment.deliver(() => settle(ok)))
 * engine.after(60_000, () => { dependency.condition = { mode: 'outage' } })
 */
export class Dependency {
  /** Calls that came, broken ones included. */
  calls = 0
  /** Calls answered well, whether or not the caller still listened. */
  succeeded = 0
  /** Calls answered with a failure, whether or not the caller still listened. */
  failed = 0
  /** Calls that came during an outage of the scenario; those in a collapse and broken ones do not count. */
  reachedWhileDown = 0
  /** Times it fell over. */
  collapses = 0
  /** Since when it has been healthy, true epoch ms; while something is wrong, the value from before. */
  healthySince: number
  readonly #engine: Engine
  readonly #options: Required<Omit<DependencyOptions, 'collapse'>>
  readonly #collapse: Collapse | undefined
  // A stream each: a fault changes nobody's latency but through the queue.
  readonly #latencies: Random
  readonly #errors: Random
  readonly #failures: Random
  readonly #serving = new Set<Call>()
  #waiting: Call[] = []
  #hanging: Call[] = []
  #condition: DependencyCondition = { mode: 'healthy' }
  #restarting = false
  /** It is warm when the run begins. */
  #upSince = Number.NEGATIVE_INFINITY

  constructor(engine: Engine, random: Random, options: DependencyOptions = {}) {
    const { latencyMs = 50, sigma = 0.3, failureMs = 20, servers = Infinity } = options
    const { queueLimit = Infinity, errorRate = 0, collapse } = options
    check('latencyMs', latencyMs, finite(latencyMs), 'a number of at least 0')
    check('sigma', sigma, finite(sigma), 'a number of at least 0')
    check('failureMs', failureMs, finite(failureMs), 'a number of at least 0')
    check('servers', servers, count(servers) && servers > 0, 'a whole number above 0, or Infinity')
    check('queueLimit', queueLimit, count(queueLimit), 'a whole number of at least 0, or Infinity')
    check('errorRate', errorRate, share(errorRate), 'a number from 0 to 1')
    if (collapse) {
      const { backlog, restartMs, warmUpMs, coldShare } = collapse
      check('servers', servers, Number.isFinite(servers), 'a whole number above 0 where collapse is set')
      check('collapse.backlog', backlog, count(backlog), 'a whole number of at least 0, or Infinity')
      check('collapse.restartMs', restartMs, finite(restartMs), 'a number of at least 0')
      check('collapse.warmUpMs', warmUpMs, finite(warmUpMs), 'a number of at least 0')
      check('collapse.coldShare', coldShare, share(coldShare) && coldShare > 0, 'above 0, at most 1')
    }
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

  /** In an outage of the scenario, or fallen over. */
  get down(): boolean {
    return this.#condition.mode === 'outage' || this.#restarting
  }

  get condition(): DependencyCondition {
    return this.#condition
  }

  /**
   * A fault begins or ends. An outage ends when anything else is set, and it then starts cold. Calls in service keep
   * the latency and the luck they began with, unless an outage catches them.
   */
  set condition(condition: DependencyCondition) {
    checkCondition(condition)
    const { mode } = this.#condition
    this.#condition = condition
    if (condition.mode === 'outage') this.#drop()
    if (!this.#hangs) for (const { done } of this.#hanging.splice(0)) this.#fail(done)
    if (condition.mode !== 'outage' && mode === 'outage') this.#start()
    if (condition.mode === 'healthy' && mode !== 'healthy') this.#healthy()
  }

  /**
   * Takes a call; `done` hears the end of it once, never before this returns. A `broken` caller has lost its way here:
   * its call fails after `failureMs`, takes no server, and says nothing about the dependency.
   */
  call(done: Answer, broken = false): void {
    this.calls++
    if (broken) {
      this.#fail(done)
      return
    }
    if (this.#condition.mode === 'outage') this.reachedWhileDown++
    const call: Call = { done, task: undefined }
    if (this.down) this.#lose(call)
    else if (this.#serving.size < this.#options.servers) this.#serve(call)
    else if (this.#waiting.length >= this.#options.queueLimit) {
      this.#engine.after(0, () => this.#answer(done, false))
    } else {
      this.#waiting.push(call)
      if (this.#collapse && this.#waiting.length > this.#collapse.backlog) this.#fallOver(this.#collapse)
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
      // Before the answer: who calls again on hearing it must not jump the queue.
      const next = this.#waiting.shift()
      if (next) this.#serve(next)
      this.#answer(call.done, ok)
    })
  }

  /** How long work of so many ms at full speed takes from now on, as it gets warmer. */
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

  #fallOver({ restartMs }: Collapse): void {
    this.collapses++
    this.#restarting = true
    this.#drop()
    this.#engine.after(restartMs, () => {
      this.#restarting = false
      this.#start()
      this.#healthy()
    })
  }

  /** All that is served or waits is lost. */
  #drop(): void {
    const lost = [...this.#serving, ...this.#waiting]
    this.#serving.clear()
    this.#waiting = []
    for (const call of lost) this.#lose(call)
  }

  #lose(call: Call): void {
    if (call.task) this.#engine.cancel(call.task)
    if (this.#hangs) this.#hanging.push(call)
    else this.#fail(call.done)
  }

  #fail(done: Answer): void {
    const { failureMs, sigma } = this.#options
    this.#engine.after(this.#failures.lognormal(failureMs, sigma), () => this.#answer(done, false))
  }

  #answer(done: Answer, ok: boolean): void {
    if (ok) this.succeeded++
    else this.failed++
    done({ ok })
  }

  // An outage and a collapse may overlap: the last one to end has the last word.
  #start(): void {
    this.#upSince = this.#engine.now
  }

  #healthy(): void {
    if (this.#condition.mode === 'healthy' && !this.#restarting) this.healthySince = this.#engine.now
  }
}

function checkCondition(condition: DependencyCondition): void {
  const { mode } = condition
  if (mode === 'brownout') {
    check('condition.errorRate', condition.errorRate, share(condition.errorRate), 'a number from 0 to 1')
  } else if (mode === 'slow') {
    const { factor } = condition
    check('condition.factor', factor, finite(factor), 'a number of at least 0')
  } else {
    const known = mode === 'healthy' || mode === 'outage'
    check('condition.mode', mode, known, "'healthy', 'outage', 'brownout' or 'slow'")
  }
}

const finite = (value: number) => Number.isFinite(value) && value >= 0
const count = (value: number) => value === Infinity || (Number.isInteger(value) && value >= 0)
const share = (value: number) => finite(value) && value <= 1

function check(name: string, value: unknown, good: boolean, allowed: string): void {
  if (!good) throw new TypeError(`${name}: got ${String(value)}; allowed is ${allowed}`)
}
