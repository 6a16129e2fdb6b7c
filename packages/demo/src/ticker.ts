import type { Scheduler } from '@breakwater/emulator'
import type { Calls, Tally } from './call-counts.ts'
import type { FleetWatch } from './fleet-watch.ts'
import type { Narrator } from './narrator.ts'

/** What a {@link startTicker} watches and where it tells of it. */
export interface TickerOptions {
  readonly rig: { readonly scheduler: Pick<Scheduler, 'environments'> }
  readonly watch: FleetWatch
  readonly tally: Tally
  readonly narrator: Narrator
  /** Charges the provider received so far. */
  readonly charges: () => number
}

/** Tells one line a second. */
export interface Ticker {
  /** Begins a phase of the story. */
  phase(name: string): void
  /** Whether a whole second of this phase has passed in which every call was charged. */
  readonly full: boolean
  stop(): void
}

export function startTicker({ rig, watch, tally, narrator, charges }: TickerOptions): Ticker {
  let phase = ''
  let phaseIsNew = true
  let full = false
  let seconds = 0
  let before = { calls: tally.calls, charges: charges() }

  narrator.head()
  const timer = setInterval(() => {
    seconds += 1
    const now = { calls: tally.calls, charges: charges() }
    const calls = difference(now.calls, before.calls)
    const alive = [...rig.scheduler.environments]
    const { state } = watch
    const knowing = alive.filter(({ id }) => watch.stateIn(id) === state).length
    const provider = now.charges - before.charges
    narrator.row({ seconds, phase, state, calls, provider, environments: alive.length, knowing })
    // A second in which the phase began belongs to the one before in part.
    full = full || (!phaseIsNew && calls.succeeded > 0 && calls.rejected === 0 && calls.failed === 0)
    phaseIsNew = false
    before = now
  }, 1_000)

  return {
    phase(name) {
      phase = name
      phaseIsNew = true
      full = false
    },
    get full() {
      return full
    },
    stop: () => clearInterval(timer),
  }
}

function difference(now: Calls, before: Calls): Calls {
  return {
    sent: now.sent - before.sent,
    succeeded: now.succeeded - before.succeeded,
    failed: now.failed - before.failed,
    rejected: now.rejected - before.rejected,
    fallbacks: now.fallbacks - before.fallbacks,
  }
}
