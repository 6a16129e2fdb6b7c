import type { RejectScope } from '../errors.ts'
import type { TransitionEvent } from '../events.ts'
import type { CallResult } from '../gate.ts'
import { type MachineEvent, transition } from '../machine.ts'
import { type CircuitRecord, type Control, initialRecord } from '../record.ts'
import { type CircuitScope, emitTransition } from '../scope.ts'
import { moved, movedControl } from '../set-back.ts'
import type { CircuitStore } from '../store.ts'
import type { CallWindow } from '../window.ts'
import { cutOverride, cutTimes } from './cut-times.ts'
import { FleetCounts } from './fleet-counts.ts'
import type { Sent } from './store-health.ts'
import { type StoreRequests, tooSlow } from './store-requests.ts'
import { clearSuspicion, isSuspect, isSuspicious, judgeFleet, suspect } from './suspect.ts'

/** A time before all others. */
const never = Number.NEGATIVE_INFINITY

/**
 * What becomes of a change that cannot be written: the `outcome` of calls goes into this environment's own copy; a `permit`
 * is taken from that copy only where the store is away by every sign, so that one that could not be fetched is none; a
 * `suspicion` is dropped.
 */
type Change = 'outcome' | 'permit' | 'suspicion'

/** Whether a call is reason enough to raise a suspicion, as the record is now. */
type Raises = (record: CircuitRecord) => boolean

/** A circuit's scope, and whom to call when the shared record has changed its state. */
export type FleetConfig = CircuitScope & { readonly changed: () => void }

/**
 * One environment's view of the state that all environments share: a snapshot, refreshed as calls come by (never by
 * a timer), conditional writes, and reports of counts. While writes fail, the snapshot becomes this
 * environment's own copy: it goes on by the same rules, so that what the fleet had opened is still shed, and still
 * probed. See docs/design.md, "Counting", for why suspicion comes before counting.
 */
export class Fleet {
  /** Not the very object that an environment's own gate begins with. */
  record: CircuitRecord = { ...initialRecord }
  control: Control | undefined
  controlRevision = 0

  readonly #store: CircuitStore
  readonly #config: FleetConfig
  readonly #counts: FleetCounts
  readonly #requests: StoreRequests
  /** -1 for this environment's own copy. */
  #revision = 0
  /** The generation of the stored record that the own copy was made of. */
  #copied = 0
  /** The latest generation that the store was seen with; what is stored may be older, once a backup was restored. */
  #latest = 0
  /** The time from which the record here is known to be in force. */
  #seenAt = never
  /** Bad calls here, failed or slow, since the last good one. */
  #badInARow = 0
  /** When the read behind the snapshot was sent. */
  #readAt = never
  #reading: Promise<void> | undefined
  #readSentAt = 0
  #reads = 0
  /** How often the revisions known here have changed. */
  #changes = 0
  /** A change of state whose write may or may not have been made: the store did not answer in time. */
  #unsure: { readonly generation: number; readonly from: CircuitRecord } | undefined
  /** The report, or suspicion, under way. */
  #speaking: Promise<void> | undefined

  constructor(store: CircuitStore, requests: StoreRequests, config: FleetConfig) {
    this.#store = store
    this.#config = config
    this.#counts = new FleetCounts(config)
    this.#requests = requests
  }

  /** Whether the store answers, reads and writes; `unread` before this circuit has asked it. */
  get health(): 'unread' | 'available' | 'unavailable' {
    if (this.#requests.health.isFailing()) return 'unavailable'
    return this.#seenAt === never ? 'unread' : 'available'
  }

  /** Whether this environment knows what the fleet asks for. */
  get #isInformed(): boolean {
    return this.#seenAt !== never && !this.#requests.health.isFailing('reads')
  }

  /** `environment` where the record is this environment's own copy, which went on without the store. */
  get scope(): RejectScope {
    return this.#revision < 0 ? 'environment' : 'fleet'
  }

  /** The clock was set back, by `ms` below 0: what is known here goes back with it. */
  setBack(ms: number): void {
    this.record = moved(this.record, ms)
    this.control = movedControl(this.control, ms)
    this.#seenAt += ms
  }

  /** Starts a read if one is due; a promise only where the call must wait for it, at most `storeWaitMs`. */
  freshen(now: number): Promise<unknown> | undefined {
    const { refreshMs, storeWaitMs } = this.#config.policy
    const { health } = this.#requests
    const { record } = this
    const probing = record.state === 'HALF_OPEN' || (record.state === 'OPEN' && now >= record.retryAt)
    // A call that is about to ask for a permit finds out by that.
    if (!probing && health.isFailing('writes') && health.maySend('writes', now)) void this.#rejoin(now)
    const age = Math.abs(now - this.#readAt)
    if (age < refreshMs) return undefined
    const { patienceMs } = this.#requests
    if (health.silentMs('reads', now) > patienceMs) {
      // Reads were frozen with their environment. Where a call had waited for one in vain, there will be no better sign.
      if (health.waitedInVain) return this.#readFailed(tooSlow(storeWaitMs))
      // An answer may lie in the socket, to be read in the time of this call.
      if (health.isFailing('reads')) {
        health.waitedInVain = true
        return undefined
      }
      health.forget()
    }
    if (Math.abs(now - this.#readSentAt) > patienceMs) this.#dropRead()
    if (!this.#reading) {
      // Once an interval, also where the last read failed and a write has shown since that the store is back.
      if (Math.abs(now - this.#readSentAt) < refreshMs || !health.maySend('reads', now)) return undefined
      // Other circuits wait for an answer already: one more request would find out nothing else.
      if (health.silentMs('reads', now) > storeWaitMs) return undefined
      this.#reading = this.#read(now, false)
    }
    const reading = this.#reading
    const waitMs = this.#readSentAt + storeWaitMs - now
    // Steady traffic does not wait; but calls that go wrong are to find out soon whether it is so everywhere, and a
    // call that may probe is to know whether others do.
    const urgent = this.#badInARow > 0 || probing
    if ((!urgent && age < 2 * refreshMs) || health.isFailing('reads') || waitMs <= 0) return undefined
    return this.#requests.wait('reads', reading, waitMs)?.then(settled => {
      if (!settled && this.#reading === reading) health.waitedInVain = true
    })
  }

  /** What the read under way may still answer, it answers to a question of before. */
  #dropRead(): void {
    this.#reading = undefined
    this.#reads++
  }

  #readFailed(error: unknown, request?: Sent): undefined {
    this.#dropRead()
    this.#requests.failed('reads', error, request)
  }

  /** Reads now, strongly consistent. Never rejects. */
  refresh(): Promise<void> {
    this.#reading = this.#read(this.#config.clock.now(), true)
    return this.#reading
  }

  /** Brings an event to the shared record; while the store is away, to this environment's copy of it. Never rejects. */
  commit(event: MachineEvent): Promise<unknown> {
    return this.#within(this.carry(event))
  }

  /** The same, however long it takes. */
  carry(event: MachineEvent): Promise<void> {
    const { policy, environment, random } = this.#config
    const next = (now: number) =>
      transition(this.record, event, policy, { now, random: random(), environment })
    // One more try for a permit, as all others want it too; many for an outcome, which only this environment has.
    return event.type === 'acquire' ? this.#write(next, 'permit', 2) : this.#write(next, 'outcome', 8)
  }

  /** Writes a change of suspicion, unless the circuit has changed its state meanwhile. */
  #suspicion(follow: (record: CircuitRecord, now: number) => CircuitRecord): Promise<void> {
    const { generation } = this.record
    const next = (now: number) =>
      generation === this.record.generation ? follow(this.record, now) : this.record
    return this.#write(next, 'suspicion', 2)
  }

  /** Writes what follows from the record; after a lost race it starts over from the stored record. */
  async #write(follow: (now: number) => CircuitRecord, change: Change, attempts: number): Promise<void> {
    const { circuit, clock, policy } = this.#config
    const { health } = this.#requests
    for (let attempt = 0; attempt < attempts; attempt++) {
      const now = clock.now()
      let next = follow(now)
      if (next === this.record) return
      if (!health.maySend('writes', now)) {
        if (change === 'suspicion' || (change === 'permit' && !health.isAway(now, policy.openMs))) return
        // From here on the copy is this environment's own. No stored record has the revision -1: a write on it is
        // refused, and answered with what is stored.
        if (this.#revision >= 0) this.#copied = this.record.generation
        this.#revision = -1
        return this.#become(next, 'environment', 'here')
      }
      // No generation is given twice, since outcomes and events are known by it.
      if (next.generation > this.record.generation && next.generation <= this.#latest)
        next = { ...next, generation: this.#latest + 1 }
      const revision = this.#revision
      const result = await this.#requests.write(() => this.#store.write(circuit, next, revision, now))
      if (result === undefined && next.generation > this.record.generation) {
        this.#unsure = { generation: next.generation, from: this.record }
      }
      if (result === undefined) continue
      if (result.written) return this.#adopt(next, result.revision, now, true)
      this.#adopt(result.record, result.revision, now)
    }
  }

  /**
   * Finds out whether writes are answered again, by one that changes nothing: no stored record has the revision -1. The
   * answer is the stored record, which takes the place of this environment's own copy.
   */
  async #rejoin(now: number): Promise<void> {
    const result = await this.#requests.write(() =>
      this.#store.write(this.#config.circuit, this.record, -1, now),
    )
    if (!result || result.written || result.revision < this.#revision) return
    this.#adopt(result.record, result.revision, now)
  }

  /**
   * Permits are there to be had as of the time the record was seen, so that of a large fleet only those ask who have
   * just looked, and the others find at their next look that it is done. Alone, time goes on.
   */
  permitsAt(now: number): number {
    return this.health === 'available' ? Math.min(now, this.#seenAt) : now
  }

  /**
   * Takes note of a settled call; a promise where the fleet must hear of it now. `shut`: it has just shut this
   * environment's own gate, of which the fleet hears at once.
   */
  count(
    result: CallResult,
    window: CallWindow,
    shut: boolean,
    detached?: boolean,
  ): Promise<unknown> | undefined {
    const { record } = this
    const { policy } = this.#config
    const { startedAt, slow, retryAfterMs, now } = result
    const failed = result.outcome === 'failure'
    const bad = failed || slow
    this.#badInARow = bad ? this.#badInARow + 1 : 0
    if (!this.#isInformed) return undefined
    const counts = this.#counts
    counts.retryAfterMs = Math.max(counts.retryAfterMs, retryAfterMs)
    const asked = isSuspect(record, now)
    if (asked && startedAt >= counts.fairFrom(record, detached)) counts.add(failed, slow, now, detached)
    else {
      counts.note(startedAt, failed, slow)
      if (asked || !bad) return undefined
      const [inARow, own, chance] = [this.#badInARow, window.sums(now), this.#config.random()]
      const raises: Raises = seen => shut || isSuspicious(seen, inARow, own, policy, now, chance)
      if (!raises(record)) return undefined
      return this.#spoken(record, now, shut, raises)
    }
    return this.#spoken(record, now, shut)
  }

  /** Speaks where it is due, once at a time, or at once where it is urgent. */
  #spoken(
    record: CircuitRecord,
    now: number,
    urgent: boolean,
    raises?: Raises,
  ): Promise<unknown> | undefined {
    if (!this.#requests.health.maySend('writes', now)) return undefined
    if (!urgent && (this.#speaking || !this.#counts.isDue(now))) return undefined
    const speaking = this.#speak(record, now, urgent, raises)
    this.#speaking = speaking
    void speaking.then(() => {
      if (this.#speaking === speaking) this.#speaking = undefined
    })
    return this.#within(speaking)
  }

  /**
   * Reports, or raises suspicion. Looks first where the snapshot is old, as after a call that hung: all may be known,
   * or decided, or enough others report. A call that only came to report raises no suspicion again that was cleared meanwhile,
   * and one that is a reason to raise one must be a reason in the rest after it as well.
   */
  async #speak({ generation }: CircuitRecord, now: number, urgent: boolean, raises?: Raises): Promise<void> {
    await this.freshen(now)
    if (this.#reading) await this.#within(this.#reading)
    const { record } = this
    if (record.generation !== generation || !this.#isInformed) return
    if (!isSuspect(record, now)) {
      if (!raises) return
      this.#counts.postpone(record, now)
      const { policy } = this.#config
      await this.#suspicion((seen, at) => (raises(seen) ? suspect(seen, policy, at) : seen))
    } else if (this.#counts.waiting && (urgent || this.#counts.isDue(now))) await this.#report(now)
  }

  /** Takes note of a call that this environment's own gate shed: it reports no others any more. */
  shed(now: number): void {
    if (!this.#isAsked(now)) return
    this.#counts.shed(now)
    if (this.#counts.isDue(now) && !this.#speaking) void this.#report(now)
  }

  /** True while this environment is asked to report its calls. */
  #isAsked(now: number): boolean {
    const { record } = this
    const asked = isSuspect(record, now) && now >= this.#counts.fairFrom(record)
    return asked && this.#isInformed
  }

  /** Adds this environment's counts to the fleet's, and opens the circuit if the sums say so. Never rejects. */
  async #report(now: number): Promise<void> {
    const { circuit, policy, clock } = this.#config
    const { generation } = this.record
    const counts = this.#counts
    // What cannot be sent now waits.
    if (!this.#requests.health.maySend('writes', now)) return
    const taken = counts.take(this.record, now)
    if (!taken) return
    const [name, mine] = taken
    const answer = await this.#requests.write(() => this.#store.add(circuit, name, mine, now, counts.keepMs))
    const { record } = this
    if (answer === undefined || record.state !== 'CLOSED' || generation !== record.generation) return
    counts.learn(name, answer)
    const later = clock.now()
    const sums = counts.sums(record, later)
    const reason = judgeFleet(record, sums, policy, later, counts.suspectedMs(record, later))
    const { retryAfterMs } = counts
    if (reason === 'refuted') await this.#suspicion((record, at) => clearSuspicion(record, sums, policy, at))
    else if (reason) await this.carry({ type: 'trip', generation, reason, retryAfterMs })
    // While failures go on, `suspect` renews the suspicion once a window. A suspicion that was cleared meanwhile stays cleared.
    else if (mine.failures + mine.slow > 0)
      await this.#suspicion((record, at) => (isSuspect(record, at) ? suspect(record, policy, at) : record))
  }

  async #read(now: number, consistent: boolean): Promise<void> {
    const { circuit, emit } = this.#config
    const read = ++this.#reads
    const changes = this.#changes
    this.#readSentAt = now
    const request = this.#requests.health.sent('reads', now)
    const slices = this.#counts.slicesAt(this.record, now)
    try {
      const stored = await this.#requests.inTime(() => this.#store.read({ circuit, slices, consistent }))
      this.#requests.health.ended('reads', request)
      if (this.#reads !== read) return this.#reading
      // A replica lags, a write of this environment overtook the read, or the item is gone: only a consistent read
      // sent from here on can tell.
      const settled = consistent && changes === this.#changes
      const { control, controlRevision } = stored
      if ((stored.revision < this.#revision || controlRevision < this.controlRevision) && !settled)
        return await this.#read(this.#config.clock.now(), true)
      this.#reading = undefined
      this.#readAt = now
      this.#requests.answered('reads', request)
      const other = this.control?.at !== control?.at || this.control?.mode !== control?.mode
      if (other || controlRevision !== this.controlRevision)
        this.learn(control && cutOverride(control, { from: this.#seenAt, until: now }), controlRevision)
      if (other) emit({ type: 'control', control: this.control })
      if (!this.#keepsCopy(stored.record)) this.#adopt(stored.record, stored.revision, now)
      for (const [index, name] of slices.entries()) this.#counts.learn(name, stored.slices[index]!)
      if (this.#counts.asked(this.record, now)) await this.#read(this.#config.clock.now(), true)
    } catch (error) {
      this.#requests.health.ended('reads', request)
      if (this.#reads === read) this.#readFailed(error, request)
    }
  }

  /** Takes over an override, or the end of one. A read sent before this shows an older one, which is none any more. */
  learn(control: Control | undefined, revision: number): void {
    this.control = control
    this.controlRevision = revision
    this.#changes++
  }

  /**
   * While writes fail, this environment's own copy goes on until the fleet has gone on: the stored record knows nothing of
   * the probes that failed here since.
   */
  #keepsCopy(stored: CircuitRecord | undefined): boolean {
    return (
      this.#revision < 0 && stored?.generation === this.#copied && this.#requests.health.isFailing('writes')
    )
  }

  /** Takes over a record from the store, as of `now`. */
  #adopt(stored: CircuitRecord | undefined, revision: number, now: number, written = false): void {
    // Nothing stored, or no longer: generations go on from what is known here.
    let record = stored ?? { ...initialRecord, generation: this.record.generation }
    if (stored && !written) record = this.#asKnownHere(stored, revision, now)
    this.#seenAt = now
    if (revision !== this.#revision) this.#changes++
    this.#revision = revision
    this.#latest = Math.max(this.#latest, record.generation)
    const unsure = this.#unsure
    const mine = unsure?.generation === record.generation && record.environment === this.#config.environment
    if (mine) this.#unsure = undefined
    // A lease that was written says nothing new of the state, though this environment's own copy may have gone on meanwhile.
    const here = mine || (written && record.generation > this.record.generation)
    this.#become(record, 'fleet', here ? 'here' : 'elsewhere', mine ? unsure?.from : undefined)
  }

  /**
   * A stored record by the clock and the policy of this environment. What it has taken over already stays as it was taken:
   * a time that is cut at every read would never come.
   */
  #asKnownHere(stored: CircuitRecord, revision: number, now: number): CircuitRecord {
    const { record } = this
    const same =
      this.#revision >= 0 && stored.generation === record.generation && stored.state === record.state
    if (same && revision === this.#revision) return record
    // A later state has begun since the last one was seen to be in force; one of a backup may be as old as it says.
    const from = stored.generation > this.#latest ? this.#seenAt : never
    const began = same ? { from: record.since, until: record.since } : { from, until: now }
    return cutTimes(stored, began, this.#config.policy, now)
  }

  /** `from`: the state before, where this is the news of a write that may already have been carried on here. */
  #become(
    record: CircuitRecord,
    scope: TransitionEvent['scope'],
    origin: TransitionEvent['origin'],
    from?: CircuitRecord,
  ): void {
    const before = this.record
    this.record = record
    const changed = record.generation !== before.generation || record.state !== before.state
    if (changed) {
      this.#counts.clear()
      this.#config.changed()
    }
    if (changed || from) emitTransition(this.#config, from ?? before, record, { scope, origin })
  }

  /** However many requests some work takes, a call waits for it no longer than for one; the rest goes on behind it. */
  async #within(work: Promise<void>): Promise<unknown> {
    return this.#requests.wait('writes', work)
  }
}
