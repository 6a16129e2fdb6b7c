import type { ResolvedPolicy } from '@breakwater/circuit'
import type { Engine } from '../engine/engine.ts'
import type { Environment } from '../engine/environment.ts'
import { circuitName } from '../fleet/breakwater.ts'
import type { ScenarioEvent } from '../scenario/scenario.ts'
import { type Conditions, maxPauseMs } from './conditions.ts'
import { KeyedInvariants } from './keyed-invariants.ts'
import { Leak } from './leak.ts'
import { OpeningWrites } from './opening-writes.ts'
import { Overrides } from './overrides.ts'
import type { Violation } from './result.ts'
import { Settling } from './settling.ts'
import { StoreFailures } from './store-failures.ts'

/** Takes note that an invariant is broken. */
export type Violate = (invariant: string, message: string) => void

/** A state item of the table, in plain numbers. */
export interface StoredState {
  readonly state: string
  readonly generation: number
  readonly since: number
  readonly retryAt: number
  readonly reason: string
  readonly leases: readonly { readonly id: string; readonly expiresAt: number }[]
}

/** The requests and calls of one environment so far. */
interface History {
  /** The last OPEN it has read, until it reads or writes something newer. */
  open: StoredState | undefined
  generation: number
  readAt: number
  reads: number
  consistentReads: number
  writes: number[]
  /** Calls settled, by the generation that admitted them. */
  settled: Map<number, number>
  /** Calls added to the shared count, by generation. */
  reported: Map<number, number>
}

/** What the invariants must know of the fleet. */
export interface FleetTraits {
  readonly skewMs: number
  readonly concurrency: number
  /** How long a task may take whose outcome another invocation records, ms. @default calls end where they began */
  readonly taskLimitMs?: number
  /** How long a write takes to the other Region in the median, ms. @default there is one Region */
  readonly replicationMs?: number
}

const maxTraceLines = 40

/**
 * Checks what must hold at every step of every run, whatever the seed. It sees what crosses the border of an environment
 * (requests, answers, calls) and nothing inside.
 */
export class Invariants {
  readonly violations: Violation[] = []
  readonly storeFailures: StoreFailures
  readonly openingWrites: OpeningWrites
  readonly overrides: Overrides
  readonly #leak: Leak
  readonly #settling: Settling
  readonly #conditions: Conditions
  readonly #engine: Engine
  readonly #policy: ResolvedPolicy
  #skewMs: number
  readonly #startMs: number
  /** Calls end in other environments than they began in. */
  readonly #resumes: boolean
  readonly #histories = new Map<number, History>()
  readonly #trace: string[] = []
  /** Circuits and generations announced to a listener as made in its environment. */
  readonly #announced = new Set<string>()
  readonly #leaseOwners = new Map<string, number>()
  /** When the table last was, or may have been, out of reach for an environment. */
  tableTroubleAt = Number.NEGATIVE_INFINITY
  /** Whether a call has failed or was slow, which is a reason to write. */
  trouble = false
  state: StoredState | undefined
  /** Whether the record was once replaced from outside. */
  #replaced = false
  /** When the open time that was stored last is over. By the engine's time: the clock of its writer may be wrong. */
  #retryAt = 0

  constructor(
    engine: Engine,
    policy: ResolvedPolicy,
    { skewMs, concurrency, taskLimitMs, replicationMs }: FleetTraits,
    conditions: Conditions,
  ) {
    this.#engine = engine
    this.#policy = policy
    this.#skewMs = skewMs
    this.#conditions = conditions
    this.#startMs = engine.now
    const violate: Violate = (invariant, message) => this.#violate(invariant, message)
    this.storeFailures = new StoreFailures(violate)
    this.openingWrites = new OpeningWrites(engine, policy, conditions, violate)
    this.overrides = new Overrides(engine, conditions, violate)
    this.#leak = new Leak(engine, policy, conditions, concurrency, violate)
    this.#settling = new Settling(
      engine,
      policy,
      conditions,
      2 * (taskLimitMs ?? 0) + 5 * (replicationMs ?? 0),
      violate,
    )
    if (skewMs >= 1_000) this.#settling.clockIsWrong()
    this.#resumes = taskLimitMs !== undefined
  }

  /** An event of the scenario takes place; the conditions are those after it. */
  happened(event: ScenarioEvent): void {
    this.note(`event: ${JSON.stringify(event)}`)
    if (event.table || event.laterSchema !== undefined) this.storeFailures.tableChanged()
    if (event.dependency) this.#leak.dependencyChanged()
  }

  /** What must hold with a circuit for each of many keys, of which an environment keeps `maxCircuits`. */
  keyed(maxCircuits: number): KeyedInvariants {
    const violate: Violate = (invariant, message) => this.#violate(invariant, message)
    return new KeyedInvariants(this.#engine, this.#policy, this.#conditions, maxCircuits, violate)
  }

  /** Adds a line to the trace that the next violation shows. */
  note(line: string): void {
    this.#trace.push(`${(this.#engine.now - this.#startMs).toFixed(1).padStart(10)} ms  ${line}`)
    if (this.#trace.length > maxTraceLines) this.#trace.shift()
  }

  /** At most one read a `refreshMs`, and at most one more, consistent, where its answer cannot be trusted. */
  read(environment: Environment, consistent: boolean): void {
    // The gate of workflows reads before each request.
    if (this.#resumes) return
    const history = this.#historyOf(environment)
    const now = environment.now()
    if (consistent) {
      history.consistentReads++
      if (history.consistentReads > history.reads)
        this.#violate('read-rate', `${environment.name} read consistently more often than not`)
      return
    }
    history.reads++
    if (now - history.readAt > 2 * this.#policy.refreshMs) this.openingWrites.woke()
    if (now - history.readAt < this.#policy.refreshMs)
      this.#violate(
        'read-rate',
        `${environment.name} read again after ${now - history.readAt} ms, refreshMs is ${this.#policy.refreshMs}`,
      )
    history.readAt = now
  }

  /** A write was sent, whether or not its condition holds. `ofRecord`: of the circuit's record, not of counts. */
  wrote(environment: Environment, ofRecord: boolean): void {
    if (ofRecord) this.openingWrites.wrote(this.#historyOf(environment).generation)
    if (!this.trouble)
      this.#violate('healthy-writes', `${environment.name} wrote although every call had gone well`)
    const { writes } = this.#historyOf(environment)
    const now = this.#engine.now
    writes.push(now)
    while (writes[0]! <= now - 1_000) writes.shift()
    if (writes.length > maxWritesPerSecond)
      this.#violate('write-rate', `${environment.name} wrote ${writes.length} times within a second`)
  }

  /** The record changed in the table. */
  stored(environment: Environment, before: StoredState | undefined, after: StoredState): void {
    const { probes } = this.#policy
    const now = this.#engine.now
    this.state = after
    this.#changed(environment, before, after)
    if (after.state === 'OPEN')
      this.#retryAt = now + Math.min(after.retryAt - after.since, this.#policy.maxOpenMs)
    this.note(
      `${environment.name} stored ${after.state} generation ${after.generation}, ${after.leases.length} leases ${after.reason}`,
    )
    const live = after.leases.filter(lease => lease.expiresAt > now + 2 * this.#skewMs)
    if (live.length > probes) this.#violate('leases', `${live.length} live leases, probes is ${probes}`)
    for (const { id } of after.leases)
      if (!this.#leaseOwners.has(id)) this.#leaseOwners.set(id, environment.id)
    const from = before ?? closed
    const step = after.generation - from.generation
    const changed = after.state !== from.state
    // Where the record was replaced from outside, a generation may be left out, since none is given twice.
    const grown = this.#replaced && changed ? step >= 1 : step === (changed ? 1 : 0)
    if (!grown && !(this.#replaced && !before))
      this.#violate(
        'generations',
        `${from.state} ${from.generation} was followed by ${after.state} ${after.generation}`,
      )
    if (!this.#resumes && from.state === 'HALF_OPEN' && after.state !== 'HALF_OPEN') {
      const ownsLease = from.leases.some(({ id }) => this.#leaseOwners.get(id) === environment.id)
      if (!ownsLease)
        this.#violate('old-outcomes', `${environment.name} ended HALF_OPEN without holding a lease in it`)
    }
  }

  #changed(
    environment: Environment | undefined,
    before: StoredState | undefined,
    after: StoredState | undefined,
  ): void {
    this.#leak.stored(environment, after)
    this.openingWrites.stored(before, after)
    if ((before ?? closed).state === 'CLOSED' && (after ?? closed).state !== 'CLOSED') this.#settling.opened()
  }

  /** An environment was given the record, by a read or by a refused write. */
  learned(environment: Environment, state: StoredState | undefined): void {
    this.#leak.learned(environment, state)
    if (state) this.#learned(environment, state)
    else if (this.#replaced) this.#historyOf(environment).open = undefined
  }

  /** The record was deleted, restored or replaced from outside: what it now is holds, and generations go on from there. */
  replaced(state: StoredState | undefined): void {
    this.note(
      `the record is replaced from outside by ${state ? `${state.state} generation ${state.generation}` : 'none'}`,
    )
    this.#replaced = true
    this.#announced.clear()
    this.#changed(undefined, this.state, state)
    this.state = state
    const now = this.#engine.now
    this.tableTroubleAt = now
    const openMs = state?.state === 'OPEN' ? Math.max(0, state.retryAt - now) : 0
    this.#retryAt = now + Math.min(openMs, this.#policy.maxOpenMs)
  }

  /** The clock of an environment was set: what it measures by that clock begins anew. */
  clockStepped(environment: Environment): void {
    this.#historyOf(environment).readAt = Number.NEGATIVE_INFINITY
    this.#skewMs = Math.max(this.#skewMs, Math.abs(environment.skewMs))
    this.#settling.clockIsWrong()
  }

  #learned(environment: Environment, state: StoredState): void {
    const history = this.#historyOf(environment)
    if (state.generation < history.generation) {
      // It may be what a restored table holds, of which a later answer of the same generation makes sure.
      if (this.#replaced) {
        history.generation = state.generation
        history.open = undefined
      }
      return
    }
    history.generation = state.generation
    history.open = state.state === 'OPEN' ? state : undefined
  }

  /** An environment announced a change of the shared state to its listeners as its own. */
  announced(environment: Environment, generation: number, circuit = circuitName): void {
    const change = `generation ${generation} of ${circuit}`
    if (this.#announced.has(change))
      this.#violate('announced-once', `${change} was announced twice, now by ${environment.name}`)
    this.#announced.add(change)
  }

  /**
   * A call reached the dependency. `decidesLocally`: the environment goes by its own copy of the record, for want of an
   * answer from the table.
   */
  reached(environment: Environment, probing: boolean, decidesLocally: boolean): void {
    this.#leak.reached(environment)
    const { open } = this.#historyOf(environment)
    if (!open || probing || decidesLocally) return
    this.#violate(
      'open-admits',
      `${environment.name} has read OPEN (generation ${open.generation}) and let a call in that is no probe`,
    )
  }

  /** A call ended; one that was shed, by when an OPEN whose time is up must have been probed. */
  ended(environment: Environment, shed: boolean): void {
    const { state } = this
    this.#settling.ended(shed, state, this.#retryAt)
    if (shed) this.#probed(environment, state)
  }

  #probed(environment: Environment, state: StoredState | undefined): void {
    if (state?.state !== 'OPEN') return
    const { refreshMs, storeWaitMs } = this.#policy
    const now = this.#engine.now
    const troubleAt = Math.max(this.tableTroubleAt, this.#conditions.tableTroubleAt)
    const { overriddenUntil } = this.#conditions
    const due = Math.max(this.#retryAt, troubleAt + maxPauseMs, overriddenUntil) + this.#skewMs
    const hasRead = environment.startedAt + storeWaitMs < now
    if (hasRead && now > due + 3 * refreshMs + 4 * storeWaitMs)
      this.#violate(
        'probed',
        `OPEN is over since ${Math.round(now - this.#retryAt)} ms, calls come, and no environment probes`,
      )
  }

  /** A call that was admitted under a generation has ended. */
  settled(environment: Environment, generation: number): void {
    const { settled } = this.#historyOf(environment)
    settled.set(generation, (settled.get(generation) ?? 0) + 1)
  }

  /** Calls were added to a slice of a generation. */
  reported(environment: Environment, generation: number, calls: number): void {
    const { settled, reported } = this.#historyOf(environment)
    const sum = (reported.get(generation) ?? 0) + calls
    reported.set(generation, sum)
    if (!this.#resumes && sum > (settled.get(generation) ?? 0))
      this.#violate(
        'old-outcomes',
        `${environment.name} reported ${sum} calls for generation ${generation}, and had only ${settled.get(generation) ?? 0} under it`,
      )
  }

  /** A call ended after waiting `waitedMs` for the table, in all. */
  waited(environment: Environment, waitedMs: number): void {
    const maxMs = 3 * this.#policy.storeWaitMs + 5
    if (waitedMs > maxMs)
      this.#violate('bounded-wait', `a call of ${environment.name} waited ${Math.round(waitedMs)} ms`)
  }

  /** At the end: every call has ended, and nothing has piled up. */
  finished(open: number, items: number, pending: number): void {
    if (open !== 0) this.#violate('lost', `${open} calls never ended`)
    if (items > maxItems) this.#violate('memory', `the table holds ${items} items`)
    if (pending > maxPending) this.#violate('memory', `an environment holds ${pending} timers or answers`)
  }

  /** A run is out of the bounds that its scenario expects. */
  broken(invariant: string, message: string): void {
    this.#violate(invariant, message)
  }

  #violate(invariant: string, message: string): void {
    // One violation of each invariant is enough to replay the run from.
    if (this.violations.some(violation => violation.invariant === invariant)) return
    const { steps: step, now } = this.#engine
    this.violations.push({ invariant, message, step, atMs: now - this.#startMs, trace: [...this.#trace] })
  }

  #historyOf(environment: Environment): History {
    let history = this.#histories.get(environment.id)
    if (!history) {
      history = {
        open: undefined,
        generation: 0,
        readAt: Number.NEGATIVE_INFINITY,
        reads: 0,
        consistentReads: 0,
        writes: [],
        settled: new Map(),
        reported: new Map(),
      }
      this.#histories.set(environment.id, history)
    }
    return history
  }
}

const closed: StoredState = { state: 'CLOSED', generation: 0, since: 0, retryAt: 0, reason: '', leases: [] }
/** Reports, suspicions, and attempts at a permit and its outcome, of one environment. */
const maxWritesPerSecond = 15
const maxItems = 1_000
const maxPending = 50
