import type { CircuitEvent, CircuitListener, StoreErrorKind, TransitionEvent } from '@breakwater/circuit'
import { checkValue, escapeControls, objectWith, required } from '@breakwater/circuit/shared'

const aLogger = objectWith('a Logger', 'debug', 'info', 'warn', 'error')

/** The part of a Powertools `Logger` that is used; any logger of this shape will do. */
export interface LoggerLike {
  debug(message: string, extra: { breakwater: CircuitEvent }): void
  info(message: string, extra: { breakwater: CircuitEvent }): void
  warn(message: string, extra: { breakwater: CircuitEvent }): void
  error(message: string, extra: { breakwater: CircuitEvent }): void
}

/**
 * Logs changes of state, overrides, failures of the store and keyed circuits that were lost from memory, for the operator. Never a line for each call. The event
 * itself is in the field `breakwater`. A change of state says whose: `fleet`, or `environment` for this one's own gate. Changes made by other environments are logged there, and here only at `debug`.
 *
 * @throws TypeError for what is no logger.
 * @example
 * payments.on(circuitLogger(logger))
 */
export function circuitLogger(logger: LoggerLike): CircuitListener {
  checkValue('circuitLogger', 'logger', logger, required(aLogger))
  return event => {
    try {
      const line = lineOf(event)
      if (line === undefined) return
      const [level, text] = line
      logger[level](escapeControls(`Circuit "${event.circuit}": ${text}`), { breakwater: printable(event) })
    } catch {
      // A log line that fails must not fail the call.
    }
  }
}

/** The event with the control characters of its texts escaped: JSON leaves some of them as they are. */
function printable<T extends object>(event: T): T {
  const fields = Object.entries(event).map(([name, value]: [string, unknown]) => {
    if (typeof value === 'string') return [name, escapeControls(value)]
    return [name, typeof value === 'object' && value !== null ? printable(value) : value]
  })
  return Object.fromEntries(fields)
}

/** Level and message; undefined for events that are as frequent as calls. */
function lineOf(event: CircuitEvent): [keyof LoggerLike, string] | undefined {
  switch (event.type) {
    case 'transition':
      return [levelOf(event), `${event.from} to ${event.to} (${event.scope}, ${event.reason})`]
    case 'store-failure': {
      const { kind, message } = event
      const level = needsRepair(kind) ? 'error' : 'warn'
      return [level, `the store failed (${kind}), this environment goes on alone: ${message}`]
    }
    case 'store-recovery':
      return ['info', 'the store answers again']
    case 'misconfiguration':
      return ['error', `misconfigured: ${event.message}`]
    case 'eviction': {
      const { state, scope } = event
      // What the store holds is not lost, and such a circuit may be dropped at every call.
      const level = scope === 'fleet' ? 'debug' : 'warn'
      return [level, `dropped from memory while ${state} (${scope}): more keys are in use than maxCircuits`]
    }
    case 'unshared':
      return ['warn', 'not shared, nor kept: more new keys come than maxNewPerSecond']
    case 'control': {
      const { control } = event
      if (control === undefined) return ['info', 'the override has ended']
      return ['warn', `${control.mode} by ${control.by}: ${control.reason}`]
    }
    default:
      return undefined
  }
}

function levelOf({ origin, to }: TransitionEvent): keyof LoggerLike {
  if (origin === 'elsewhere') return 'debug'
  return to === 'OPEN' ? 'warn' : 'info'
}

/** True for a failure of the store that an operator must repair. */
export function needsRepair(kind: StoreErrorKind): boolean {
  return kind === 'misconfigured' || kind === 'unknown-schema'
}
