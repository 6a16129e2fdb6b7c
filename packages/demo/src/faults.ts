interface Bounds {
  readonly default: number
  readonly min: number
  readonly max: number
  readonly whole: boolean
}

const rate: Bounds = { default: 1, min: 0, max: 1, whole: false }

/** Parameters of each fault. `rate` is the share of charges that it hits. */
const parameters = {
  none: {},
  errors: { rate, status: { default: 503, min: 500, max: 599, whole: true } },
  latency: { rate, latencyMs: { default: 2_000, min: 0, max: 60_000, whole: true } },
  hang: { rate },
  reset: { rate },
  throttle: { rate, retryAfterSeconds: { default: 1, min: 0, max: 3_600, whole: true } },
} as const satisfies Record<string, Record<string, Bounds>>

/** The faults of the payment provider. */
export type FaultMode = keyof typeof parameters

/** A fault with every parameter filled in. */
export type Fault = {
  [M in FaultMode]: { readonly mode: M } & { readonly [P in keyof (typeof parameters)[M]]: number }
}[FaultMode]

/** The provider works. */
export const noFault: Fault = { mode: 'none' }

/** The error for a wrong request for a fault; the message says what is allowed. */
export class FaultError extends Error {
  override readonly name: string = 'FaultError'
}

/**
 * Reads the body of `PUT /faults`.
 *
 * @example
 * parseFault('{"mode":"errors","rate":0.5}') // { mode: 'errors', rate: 0.5, status: 503 }
 */
export function parseFault(body: string): Fault {
  const { mode, ...given } = parseObject(body)
  if (typeof mode !== 'string' || !Object.hasOwn(parameters, mode)) {
    throw new FaultError(`"mode" must be one of ${Object.keys(parameters).join(', ')}; got ${show(mode)}`)
  }
  const known: Record<string, Bounds> = parameters[mode as FaultMode]
  const unknown = Object.keys(given).find(name => !Object.hasOwn(known, name))
  if (unknown !== undefined) {
    throw new FaultError(
      `mode "${mode}" takes ${Object.keys(known).join(' and ') || 'no parameters'}; got "${unknown}"`,
    )
  }
  const values = Object.entries(known).map(([name, bounds]) => [name, parseNumber(name, given[name], bounds)])
  return { mode, ...Object.fromEntries(values) } as Fault
}

function parseObject(body: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw new FaultError('the body is not JSON; try {"mode":"errors"}')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FaultError(`the body must be an object such as {"mode":"errors"}; got ${show(value)}`)
  }
  return value as Record<string, unknown>
}

function parseNumber(name: string, value: unknown, { default: standard, min, max, whole }: Bounds): number {
  if (value === undefined) return standard
  const right =
    typeof value === 'number' && value >= min && value <= max && (!whole || Number.isInteger(value))
  if (right) return value
  throw new FaultError(
    `"${name}" must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}; got ${show(value)}`,
  )
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
