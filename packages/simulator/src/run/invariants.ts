import type { ResolvedPolicy } from '@breakwater/circuit'
import type { Engine } from '../engine/engine.ts'
import type { Environment } from '../engine/environment.ts'
import type { Violation } from './result.ts'

/** A state item as the table holds it, in plain numbers. */
export interface StoredState {
  readonly state: string
  readonly generation: number
  readonly retryAt: number
  readonly reason: string
  readonly leases: readonly { readonly id: string; readonly expiresAt: number }[]
}

/** What the invariants know of one environment. */
interface Watched {
  /** The last OPEN it has read, until it reads or writes something newer. */
  open: StoredState | undefined
  generation: number
  readAt: number
  reads: number
  consistentReads: number
  writes: number[]
  /** Calls settled under each generation, and calls reported for it. */
  settled: Map<number, number>
  reported: Map<number, number>
}

const traceLength = 40

/**
 * What must hold at every step of every run, whatever the seed. Looks at what crosses the border of an environment
 * (requests, answers, calls), not into it.
 */
export class Invariants {
  readonly violations: Violation[] = []
  readonly #engine: Engine
  readonly #policy: ResolvedPolicy
  readonly #skewMs: number
  readonly #startMs: number
  readonly #watched = new Map<number, Watched>()
  readonly #trace: string[] = []
  readonly #told = new Set<number>()
  readonly #leaseOwners = new Map<string, number>()
  /** When the table last was, or may have been, out of reach for somebody. */
  tableTroubleAt = Number.NEGATIVE_INFINITY
  /** Whether any call failed, or a fault of another kind gave a reason to write. */
  trouble = false
  state: StoredState | undefined

  constructor(engine: Engine, policy: ResolvedPolicy, skewMs: number) {
    this.#engine = engine
    this.#policy = policy
    this.#skewMs = skewMs
    this.#startMs = engine.now
  }

  /** A line for the trace of whatever goes wrong next. */
  note(line: string): void {
    this.#trace.push(`${(this.#engine.now - this.#startMs).toFixed(1).padStart(10)} ms  ${line}`)
    if (this.#trace.length > traceLength) this.#trace.shift()
  }

  /** At most one read a `refreshMs`, and at most one more, consistent, where its answer cannot be trusted. */
  read(environment: Environment, consistent: boolean): void {
    const watched = this.#of(environment)
    const now = environment.now()
    if (consistent) {
      watched.consistentReads++
      if (watched.consistentReads > watched.reads)
        this.#broken('read-rate', `${environment.name} read consistently more often than not`)
      return
    }
    watched.reads++
    if (now - watched.readAt < this.#policy.refreshMs)
      this.#broken(
        'read-rate',
        `${environment.name} read again after ${now - watched.readAt} ms, refreshMs is ${this.#policy.refreshMs}`,
      )
    watched.readAt = now
  }

  /** Any write, made or refused. */
  wrote(environment: Environment): void {
    if (!this.trouble)
      this.#broken('healthy-writes', `${environment.name} wrote although every call had gone well`)
    const { writes } = this.#of(environment)
    const now = this.#engine.now
    writes.push(now)
    while (writes[0]! <= now - 1_000) writes.shift()
    if (writes.length > mostWritesPerSecond)
      this.#broken('write-rate', `${environment.name} wrote ${writes.length} times within a second`)
  }

  /** The record changed in the table. */
  stored(environment: Environment, before: StoredState | undefined, after: StoredState): void {
    const { probes } = this.#policy
    const now = this.#engine.now
    this.state = after
    this.note(
      `${environment.name} stored ${after.state} generation ${after.generation}, ${after.leases.length} leases ${after.reason}`,
    )
    const live = after.leases.filter(lease => lease.expiresAt > now + 2 * this.#skewMs)
    if (live.length > probes) this.#broken('leases', `${live.length} live leases, probes is ${probes}`)
    for (const { id } of after.leases)
      if (!this.#leaseOwners.has(id)) this.#leaseOwners.set(id, environment.id)
    const from = before ?? closed
    const step = after.generation - from.generation
    if (step !== (after.state === from.state ? 0 : 1))
      this.#broken(
        'generations',
        `${from.state} ${from.generation} was followed by ${after.state} ${after.generation}`,
      )
    if (from.state === 'HALF_OPEN' && after.state !== 'HALF_OPEN') {
      const held = from.leases.some(({ id }) => this.#leaseOwners.get(id) === environment.id)
      if (!held)
        this.#broken('old-outcomes', `${environment.name} ended HALF_OPEN without holding a lease in it`)
    }
  }

  /** An environment was given the record, by a read or by a refused write. */
  learned(environment: Environment, state: StoredState | undefined): void {
    if (state) this.#learned(environment, state)
  }

  #learned(environment: Environment, state: StoredState): void {
    const watched = this.#of(environment)
    if (state.generation < watched.generation) return
    watched.generation = state.generation
    watched.open = state.state === 'OPEN' ? state : undefined
  }

  /** A change of the shared state was told to listeners as made here. */
  told(environment: Environment, generation: number): void {
    if (this.#told.has(generation))
      this.#broken('told-once', `generation ${generation} was told twice, now by ${environment.name}`)
    this.#told.add(generation)
  }

  /** A call reached the dependency. `alone`: without an answer from the table, its own copy of the record decides. */
  reached(environment: Environment, probing: boolean, alone: boolean): void {
    const { open } = this.#of(environment)
    if (!open || probing || alone) return
    this.#broken(
      'open-admits',
      `${environment.name} has read OPEN (generation ${open.generation}) and let a call in that is no probe`,
    )
  }

  /** A call was turned away: by then an OPEN whose time is up must have been probed. */
  shed(environment: Environment): void {
    const { state } = this
    if (state?.state !== 'OPEN') return
    const { refreshMs, storeWaitMs } = this.#policy
    const now = this.#engine.now
    const due = Math.max(state.retryAt, this.tableTroubleAt + longestPauseMs) + this.#skewMs
    const known = environment.startedAt + storeWaitMs < now
    if (known && now > due + 3 * refreshMs + 4 * storeWaitMs)
      this.#broken(
        'probed',
        `OPEN is over since ${Math.round(now - state.retryAt)} ms, calls come, and nobody probes`,
      )
  }

  settled(environment: Environment, generation: number): void {
    const { settled } = this.#of(environment)
    settled.set(generation, (settled.get(generation) ?? 0) + 1)
  }

  /** Calls were added to a slice of a generation. */
  reported(environment: Environment, generation: number, calls: number): void {
    const { settled, reported } = this.#of(environment)
    const sum = (reported.get(generation) ?? 0) + calls
    reported.set(generation, sum)
    if (sum > (settled.get(generation) ?? 0))
      this.#broken(
        'old-outcomes',
        `${environment.name} reported ${sum} calls for generation ${generation}, and had only ${settled.get(generation) ?? 0} under it`,
      )
  }

  /** A call ended after waiting `waitedMs` for the table, in all. */
  waited(environment: Environment, waitedMs: number): void {
    const most = 3 * this.#policy.storeWaitMs + 5
    if (waitedMs > most)
      this.#broken('bounded-wait', `a call of ${environment.name} waited ${Math.round(waitedMs)} ms`)
  }

  /** At the end: every call has ended, and nothing has piled up. */
  finished(open: number, items: number, pending: number): void {
    if (open !== 0) this.#broken('lost', `${open} calls never ended`)
    if (items > mostItems) this.#broken('memory', `the table holds ${items} items`)
    if (pending > mostPending) this.#broken('memory', `an environment holds ${pending} timers or answers`)
  }

  /** What a scenario promised and a run did not keep. */
  broken(invariant: string, message: string): void {
    this.#broken(invariant, message)
  }

  #broken(invariant: string, message: string): void {
    // One of a kind is enough to replay from.
    if (this.violations.some(known => known.invariant === invariant)) return
    const { steps: step, now } = this.#engine
    this.violations.push({ invariant, message, step, atMs: now - this.#startMs, trace: [...this.#trace] })
  }

  #of(environment: Environment): Watched {
    let watched = this.#watched.get(environment.id)
    if (!watched) {
      watched = {
        open: undefined,
        generation: 0,
        readAt: Number.NEGATIVE_INFINITY,
        reads: 0,
        consistentReads: 0,
        writes: [],
        settled: new Map(),
        reported: new Map(),
      }
      this.#watched.set(environment.id, watched)
    }
    return watched
  }
}

const closed: StoredState = { state: 'CLOSED', generation: 0, retryAt: 0, reason: '', leases: [] }
/** After a failed request the store is left alone for at most this long. */
const longestPauseMs = 30_000 * 1.25
/** Reports, marks, and attempts at a permit and its outcome. */
const mostWritesPerSecond = 12
const mostItems = 1_000
const mostPending = 50
