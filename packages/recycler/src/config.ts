import {
  type Checks,
  checkOptions,
  invalid,
  listOf,
  milliseconds,
  textLike,
  trueOrFalse,
} from '@breakwater/circuit/shared'
import { checkMaximumWait, planChecks } from './plan/options.ts'
import type { PlanOptions } from './plan/types.ts'

/** Options of an installation. Times are in ms. */
export interface RecyclerOptions extends PlanOptions {
  /** Plan and report, and recycle nothing. @default true */
  readonly dryRun?: boolean
  /** How long a deployment may take before it counts as failed. @default 1_800_000 */
  readonly deploymentTimeoutMs?: number
  /** Takes CloudTrail's events of rotations, too. @default false */
  readonly cloudTrail?: boolean
  /** Other accounts whose events are taken. @default none */
  readonly allowedAccounts?: readonly string[]
}

/** The environment variables of the functions of a recycler. */
export interface RecyclerConfig {
  /** The table that shares circuits and records. */
  readonly table: string
  /** Names or ARNs of clusters; undefined for all. */
  readonly clusters: readonly string[] | undefined
  /** ARN of the state machine. */
  readonly machine: string
  readonly options: RecyclerOptions
}

/**
 * Reads `CIRCUIT_TABLE`, `RECYCLER_MACHINE`, `RECYCLER_CLUSTERS` (names with commas between them) and
 * `RECYCLER_OPTIONS` (JSON).
 *
 * @throws TypeError that names the variable or option, its value and what is allowed.
 * @example
 * const { table, options } = readConfig(process.env)
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): RecyclerConfig {
  const { CIRCUIT_TABLE, RECYCLER_MACHINE, RECYCLER_CLUSTERS, RECYCLER_OPTIONS } = env
  if (!CIRCUIT_TABLE) throw invalid('CIRCUIT_TABLE', CIRCUIT_TABLE, 'the name of the table')
  if (!RECYCLER_MACHINE?.startsWith('arn:')) {
    throw invalid('RECYCLER_MACHINE', RECYCLER_MACHINE, 'the ARN of the state machine')
  }
  const clusters = RECYCLER_CLUSTERS?.split(',')
    .map(name => name.trim())
    .filter(Boolean)
  return {
    table: CIRCUIT_TABLE,
    machine: RECYCLER_MACHINE,
    clusters: clusters?.length ? clusters : undefined,
    options: readOptions(RECYCLER_OPTIONS),
  }
}

const checks: Checks<RecyclerOptions> = {
  ...planChecks,
  dryRun: trueOrFalse,
  deploymentTimeoutMs: milliseconds,
  cloudTrail: trueOrFalse,
  allowedAccounts: listOf(textLike(/^\d{12}$/, 'an account id of 12 digits'), 'account ids of 12 digits'),
}

function readOptions(text: string | undefined): RecyclerOptions {
  if (!text) return {}
  let options: unknown
  try {
    options = JSON.parse(text)
  } catch {
    // The error below says it.
  }
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid('RECYCLER_OPTIONS', text, 'an object of JSON such as {"dryRun":false}')
  }
  const given = checkOptions('RECYCLER_OPTIONS', options as RecyclerOptions, checks)
  checkMaximumWait('RECYCLER_OPTIONS', given)
  return given
}
