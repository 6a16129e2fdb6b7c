import type { CircuitOptions } from '@breakwater/circuit'

/** Settings of the function, from its environment variables. */
export interface Config {
  readonly paymentUrl: URL
  /** Absent if the circuit is not shared. */
  readonly circuitTable: string | undefined
  readonly circuit: CircuitOptions
}

/** The provider normally answers in half a second. */
const defaults = { timeoutMs: 3_000 }

/**
 * Reads the settings.
 *
 * @throws Error that names the variable, while the environment starts.
 * @example
 * const config = readConfig(process.env)
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  return {
    paymentUrl: readUrl(env.PAYMENT_URL),
    circuitTable: env.CIRCUIT_TABLE || undefined,
    circuit: { ...defaults, ...readOptions(env.CIRCUIT_OPTIONS) },
  }
}

function readUrl(value: string | undefined): URL {
  const url = URL.parse(value ?? '')
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url
  throw new Error(`PAYMENT_URL: got ${show(value)}; allowed is the http or https address to post charges to`)
}

/** The circuit itself checks names and values. */
function readOptions(value: string | undefined): CircuitOptions {
  if (!value) return {}
  try {
    const options: unknown = JSON.parse(value)
    if (typeof options === 'object' && options !== null && !Array.isArray(options)) return options
  } catch {
    // Reported below.
  }
  throw new Error(`CIRCUIT_OPTIONS: got ${show(value)}; allowed is a JSON object such as {"openMs":5000}`)
}

function show(value: string | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value.slice(0, 64))
}
