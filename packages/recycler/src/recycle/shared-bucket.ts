import { type Clock, systemClock } from '@breakwater/circuit'
import {
  aFunction,
  type Checks,
  checkOptions,
  objectWith,
  required,
  text,
  wholeNumber,
} from '@breakwater/circuit/shared'
import { type Sleep, sleepBy } from '../concurrency.ts'
import { untouched } from '../records/codec.ts'
import { keys } from '../records/keys.ts'
import type { Entry, RecyclerStore } from '../records/store.ts'

/** A call may be so late, in ms, and still use its slot. */
const lateMs = 100
/** The longest wait after another was quicker, in ms. */
const yieldMs = 50

/** Options of {@link sharedBucket}. */
export interface SharedBucketOptions {
  readonly store: RecyclerStore
  /** All who use the same store and name share the rate. */
  readonly name: string
  /** Most calls in any second, a whole number from 1 to 100. @default 2 */
  readonly perSecond?: number
  /** @default the machine's own time */
  readonly clock?: Clock
  /** @default by the timers of the clock */
  readonly sleep?: Sleep
  /** Spreads those who want a slot at the same time; returns 0 (included) to 1 (excluded). @default Math.random */
  readonly random?: () => number
}

/** A time at which one call may be made. One that is not used is lost. */
export interface Slot {
  /** Epoch ms. */
  readonly at: number
  /** Waits until so many ms before it. Throws the reason of a signal that is aborted meanwhile. */
  wait(beforeMs?: number, signal?: AbortSignal): Promise<void>
  /** Whether it is now. */
  isNow(): boolean
}

/** A rate that all environments share. */
export interface SharedBucket {
  /** Waits until a call may be made, which then has to be made at once. @throws StoreError; the reason of the signal */
  take(signal?: AbortSignal): Promise<void>
  /**
   * Reserves the next slot, for who has something to do before.
   *
   * @param leadMs that is not before so many ms from now. @default 0
   * @param withinMs if it is no later than in so many ms; otherwise nothing is reserved. @default any
   * @returns the slot, or in how many ms there would have been one.
   * @throws StoreError
   */
  reserve(leadMs?: number, withinMs?: number): Promise<Slot | { readonly waitMs: number }>
}

/**
 * Makes a bucket that lets no more than `perSecond` calls begin in any second, over all environments together. Slots are
 * reserved one by one by conditional writes, `1.1 / perSecond` seconds apart. A caller that is more than 100 ms late for its
 * slot, as an environment does that was frozen, takes another: so `perSecond + 1` calls in a row always span a second.
 *
 * @throws TypeError for a bad option, naming it, its value and what is allowed.
 * @example
 * const bucket = sharedBucket({ store, name: 'ecs-update-service' })
 * await bucket.take()
 */
export function sharedBucket(options: SharedBucketOptions): SharedBucket {
  const {
    store,
    name,
    perSecond = 2,
    clock = systemClock,
    random = Math.random,
  } = checkOptions('sharedBucket', options, checks)
  const { sleep = sleepBy(clock) } = options
  const spacingMs = 1_000 / perSecond + lateMs / perSecond
  const key = keys.bucket(name)

  const slotAt = (at: number): Slot => ({
    at,
    async wait(beforeMs = 0, signal) {
      // In a loop, as a timer may ring a little early.
      for (let ms = at - beforeMs - clock.now(); ms > 0; ms = at - beforeMs - clock.now()) {
        await sleep(Math.ceil(ms), signal)
      }
    },
    isNow: () => clock.now() >= at && clock.now() - at <= lateMs,
  })

  const reserve = async (leadMs = 0, withinMs = Infinity, signal?: AbortSignal) => {
    for (;;) {
      signal?.throwIfAborted()
      const [entry] = await store.read([key])
      const now = clock.now()
      const at = Math.max(now + leadMs, entry ? nextOf(entry) : 0)
      if (at - now > withinMs) return { waitMs: at - now }
      const saved = await store.write(key, { next: at + spacingMs }, { revision: entry?.revision ?? 0 })
      if (saved !== undefined) return slotAt(at)
      await sleep(Math.ceil(random() * yieldMs), signal)
    }
  }

  return {
    reserve: (leadMs, withinMs) => reserve(leadMs, withinMs),
    async take(signal) {
      for (;;) {
        const slot = (await reserve(0, Infinity, signal)) as Slot
        await slot.wait(0, signal)
        if (slot.isNow()) return
      }
    },
  }
}

function nextOf(entry: Entry): number {
  const { next } = (entry.value ?? {}) as { next?: unknown }
  if (typeof next !== 'number' || !Number.isFinite(next)) {
    throw untouched(entry, '"next" is missing or of another type')
  }
  return next
}

const checks: Checks<SharedBucketOptions> = {
  store: required(objectWith('a RecyclerStore', 'read', 'write')),
  name: required(text),
  perSecond: wholeNumber(1, 100),
  clock: objectWith('a Clock', 'now', 'setTimeout'),
  sleep: aFunction,
  random: aFunction,
}
