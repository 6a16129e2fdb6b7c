import type { ResolvedPolicy } from '@breakwater/circuit'
import type { Engine } from '../engine/engine.ts'
import type { Environment } from '../engine/environment.ts'
import type { RequestKind } from '../table/table.ts'
import type { Conditions } from './conditions.ts'
import type { Violate } from './invariants.ts'

/** Calls that wait at a time for a table which answers nothing. */
const maxWaiting = 5
/** From when on the table is known to answer nothing, ms. */
const silenceMs = 30
/** The shortest first pause after a failure, and the shortest of the longest ones, ms. */
const minFirstPauseMs = 750
const minLongPauseMs = 22_500

/** What one environment has done since the table answers nothing. */
interface Stretch {
  readonly since: number
  /** Requests by kind: when the first was sent, and how many since it must have failed. */
  readonly requests: Map<'reads' | 'writes', { readonly firstAt: number; count: number }>
}

/**
 * With a circuit for each of many keys, what the table costs an environment is bounded by the table and not by the keys:
 * while it answers nothing, five calls wait, and one request of a kind is sent after each pause. No key is shed whose
 * own dependency never failed, and `maxCircuits` bounds the memory.
 */
export class KeyedInvariants {
  /** Keys whose dependency is dead, or once was: the first ones. */
  #everDead = 0
  #dead = 0
  readonly #engine: Engine
  readonly #policy: ResolvedPolicy
  readonly #conditions: Conditions
  readonly #maxCircuits: number
  readonly #violate: Violate
  readonly #stretches = new Map<number, Stretch>()
  /** Calls that wait, by environment and the time they began at: whether they may. */
  readonly #waiting = new Map<number, Map<number, boolean>>()

  constructor(
    engine: Engine,
    policy: ResolvedPolicy,
    conditions: Conditions,
    maxCircuits: number,
    violate: Violate,
  ) {
    this.#engine = engine
    this.#policy = policy
    this.#conditions = conditions
    this.#maxCircuits = maxCircuits
    this.#violate = violate
  }

  /** Whether the dependency of a key is dead. */
  isDead = (key: number): boolean => key < this.#dead

  /** The dependency of the first `count` keys is dead from now on, and that of the others well. */
  died(count: number): void {
    this.#dead = count
    this.#everDead = Math.max(this.#everDead, count)
  }

  /** A request was sent. */
  sent({ id, name, startedAt }: Environment, request: RequestKind): void {
    const since = this.#conditions.silentSince
    if (since === undefined) return
    const now = this.#engine.now
    let stretch = this.#stretches.get(id)
    if (stretch?.since !== since) {
      stretch = { since, requests: new Map() }
      this.#stretches.set(id, stretch)
    }
    const kind = request === 'read' ? 'reads' : 'writes'
    const sent = stretch.requests.get(kind)
    if (!sent) {
      stretch.requests.set(kind, { firstAt: now, count: 0 })
      return
    }
    const { refreshMs, storeWaitMs } = this.#policy
    const sinceMs = now - sent.firstAt
    // The first read of all may take longer, as the client connects along with it.
    const patienceMs = Math.max(refreshMs, storeWaitMs * (startedAt > since - 2_000 ? 10 : 1))
    const failsWithinMs = 2 * patienceMs
    if (sinceMs <= failsWithinMs) return
    sent.count++
    const pauses = Math.log2(sinceMs / minFirstPauseMs + 1) + sinceMs / minLongPauseMs
    if (sent.count > pauses)
      this.#violate(
        'keyed-requests',
        `${name} sent ${sent.count} ${kind} in ${Math.round(sinceMs)} ms to a table that answers nothing`,
      )
  }

  /** A call is given to its circuit. */
  begins({ id }: Environment): void {
    let waiting = this.#waiting.get(id)
    if (!waiting) {
      waiting = new Map()
      this.#waiting.set(id, waiting)
    }
    const now = this.#engine.now
    const [oldest] = waiting.keys()
    const silent = this.#conditions.silentSince !== undefined
    const isFull = waiting.size >= maxWaiting && now - oldest! > silenceMs
    waiting.set(now, !(silent && isFull))
  }

  /** A call that began at `begunAt` reached the dependency, or ended without. */
  decided({ id, name }: Environment, begunAt: number): void {
    const waiting = this.#waiting.get(id)
    const mayWait = waiting?.get(begunAt)
    if (mayWait === undefined) return
    waiting!.delete(begunAt)
    const waitedMs = Math.round(this.#engine.now - begunAt)
    if (!mayWait && waitedMs > 1)
      this.#violate(
        'keyed-waiting',
        `a call of ${name} waited ${waitedMs} ms for a table that answers nothing, as ${maxWaiting} others did`,
      )
  }

  /** A call ended. `kept`: how many circuits its environment keeps. */
  ended({ name }: Environment, key: number, shed: boolean, kept: number): void {
    if (shed && key >= this.#everDead)
      this.#violate('key-shed', `${name} shed a call of key ${key}, whose dependency never failed`)
    if (kept > this.#maxCircuits)
      this.#violate('kept', `${name} keeps ${kept} circuits, maxCircuits is ${this.#maxCircuits}`)
  }
}
