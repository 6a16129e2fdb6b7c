import type { Scheduler } from '@breakwater/emulator'
import type { CallCounter, CallCounts } from './call-counts.ts'
import type { FleetWatch } from './fleet-watch.ts'
import type { Narrator } from './narrator.ts'

/** Options of {@link startTicker}. */
export interface TickerOptions {
  readonly demo: { readonly scheduler: Pick<Scheduler, 'environments'> }
  readonly watch: FleetWatch
  readonly counter: CallCounter
  readonly narrator: Narrator
  /** Charges the provider received so far. */
  readonly charges: () => number
}

/** Writes one line a second. */
export interface Ticker {
  /** Begins a phase of the outage. */
  phase(name: string): void
  /** Whether a whole second of this phase has passed in which every call was charged. */
  readonly full: boolean
  stop(): void
}

/** Begins to write one line a second: the calls, the circuit and the environments. */
export function startTicker({ demo, watch, counter, narrator, charges }: TickerOptions): Ticker {
  let phase = ''
  let phaseIsNew = true
  let full = false
  let seconds = 0
  let before = { calls: counter.counts, charges: charges() }

  narrator.header()
  const timer = setInterval(() => {
    seconds += 1
    const now = { calls: counter.counts, charges: charges() }
    const calls = difference(now.calls, before.calls)
    const alive = [...demo.scheduler.environments]
    const { state } = watch
    const aware = alive.filter(({ id }) => watch.stateIn(id) === state).length
    const provider = now.charges - before.charges
    narrator.row({ seconds, phase, state, calls, provider, environments: alive.length, aware })
    // A second in which the phase began belongs in part to the phase before.
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

function difference(now: CallCounts, before: CallCounts): CallCounts {
  return {
    sent: now.sent - before.sent,
    succeeded: now.succeeded - before.succeeded,
    failed: now.failed - before.failed,
    rejected: now.rejected - before.rejected,
    fallbacks: now.fallbacks - before.fallbacks,
  }
}
