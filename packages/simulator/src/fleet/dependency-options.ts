import {
  anObject,
  type Check,
  type Checks,
  checkOptions,
  checkValue,
  numberBetween,
  oneOf,
  required,
  trueOrFalse,
} from '@breakwater/circuit/shared'

/**
 * The condition of the dependency, which holds until another one is set.
 *
 * - `healthy`: nothing is wrong.
 * - `outage`: every call fails after `failureMs`; with `hang`, no call is answered before the outage is over.
 * - `brownout`: a share `errorRate` (0 to 1) of the calls fails, on top of the usual noise, after the usual time.
 * - `slow`: service takes `factor` times as long, and nothing fails for it.
 *
 * @example
 * const fault: DependencyCondition = { mode: 'brownout', errorRate: 0.3 }
 */
export type DependencyCondition =
  | { readonly mode: 'healthy' }
  | { readonly mode: 'outage'; readonly hang?: boolean }
  | { readonly mode: 'brownout'; readonly errorRate: number }
  | { readonly mode: 'slow'; readonly factor: number }

/**
 * How the dependency collapses under load, and how it comes back. This makes metastable failures: a full load that
 * returns at once makes it collapse again.
 *
 * @example
 * const collapse: Collapse = { backlog: 200, restartMs: 3_000, warmUpMs: 15_000, coldShare: 0.25 }
 */
export interface Collapse {
  /** It collapses when more calls than this wait for a server. */
  readonly backlog: number
  /** Then every call fails fast for this long, ms. */
  readonly restartMs: number
  /** Time to full speed after a restart or an outage, in a straight line from `coldShare`, ms. */
  readonly warmUpMs: number
  /** Speed at the start, as a share of the full one: above 0, at most 1. */
  readonly coldShare: number
}

/**
 * The dependency while nothing is wrong. Times are lognormal.
 *
 * @example
 * const options: DependencyOptions = { latencyMs: 20, servers: 40, queueLimit: 500 }
 */
export interface DependencyOptions {
  /** Median time of service at full speed, ms. @default 50 */
  readonly latencyMs?: number
  /** Spread of all times, the standard deviation of their logarithm. @default 0.3 */
  readonly sigma?: number
  /** Median time to the failure of a call that meets, or is caught by, an outage or a collapse, ms. @default 20 */
  readonly failureMs?: number
  /** Calls served at once; others wait in line, first come, first served. @default Infinity */
  readonly servers?: number
  /** Calls that may wait; a call beyond them is refused at once. @default Infinity */
  readonly queueLimit?: number
  /** Share of calls that fail while nothing is wrong, 0 to 1. @default 0 */
  readonly errorRate?: number
  /** How it collapses when too many calls wait; needs `servers`. @default it never does */
  readonly collapse?: Collapse
}

/** A number of at least 0, and not Infinity. */
export const atLeast0: Check = {
  allowed: 'a number of at least 0',
  good: value => Number.isFinite(value) && (value as number) >= 0,
}
/** A share of a whole, 0 to 1. */
export const shareOrZero = numberBetween(0, 1)
const wholeOrInfinity: Check = {
  allowed: 'a whole number of at least 0, or Infinity',
  good: value => value === Infinity || (Number.isInteger(value) && (value as number) >= 0),
}

/** @throws TypeError naming the option, what it got and what is allowed. */
export function checkDependencyOptions(options: DependencyOptions): DependencyOptions {
  const { collapse } = options
  const servers: Check = {
    allowed: collapse
      ? 'a whole number above 0 where collapse is set'
      : 'a whole number above 0, or Infinity',
    good: value => wholeOrInfinity.good(value) && value !== 0 && (value !== Infinity || !collapse),
  }
  checkOptions('Dependency', options, {
    latencyMs: atLeast0,
    sigma: atLeast0,
    failureMs: atLeast0,
    servers: collapse ? required(servers) : servers,
    queueLimit: wholeOrInfinity,
    errorRate: shareOrZero,
    collapse: anObject,
  })
  if (!collapse) return options
  const checks: Checks<Collapse> = {
    backlog: required(wholeOrInfinity),
    restartMs: required(atLeast0),
    warmUpMs: required(atLeast0),
    coldShare: {
      allowed: 'a number above 0, at most 1',
      good: value => shareOrZero.good(value) && value !== 0,
      required: true,
    },
  }
  checkOptions('Dependency', collapse, checks, 'collapse.')
  return options
}

/**
 * Checks a condition.
 *
 * @param owner the function or class that it was given to.
 * @param name of the condition in messages.
 * @throws TypeError naming the field, what it got and what is allowed.
 */
export function checkCondition(owner: string, name: string, condition: DependencyCondition): void {
  const mode = oneOf('healthy', 'outage', 'brownout', 'slow')
  checkValue(owner, `${name}.mode`, condition?.mode, required(mode))
  const path = `${name}.`
  if (condition.mode === 'brownout')
    checkOptions(owner, condition, { mode, errorRate: required(shareOrZero) }, path)
  else if (condition.mode === 'slow')
    checkOptions(owner, condition, { mode, factor: required(atLeast0) }, path)
  else if (condition.mode === 'outage') checkOptions(owner, condition, { mode, hang: trueOrFalse }, path)
  else checkOptions(owner, condition, { mode }, path)
}
