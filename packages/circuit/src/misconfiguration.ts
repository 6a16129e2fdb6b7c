import { quoted } from './validate.ts'

/**
 * Under this key the options of a circuit hold, in words, what of its environment could not be used; the circuit reports it.
 *
 * @example
 * new Circuit('payments', { ...options, [misconfiguration]: 'CIRCUIT_OPTIONS: got "{"; allowed is JSON' })
 */
export const misconfiguration = Symbol.for('breakwater.misconfiguration')

/** What this process has said already: once for all circuits. */
const said = new Set<string>()

/** Writes to standard error what cannot be used of a circuit's settings, once. */
export function complain(circuit: string, message: string): void {
  if (said.has(message)) return
  said.add(message)
  console.error(`Breakwater: circuit ${quoted(circuit)}: ${message}`)
}
