import { invalid } from '@breakwater/circuit/shared'
import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { duration, flag, texts, whole } from './checks.ts'
import type { RecyclerWaves, SecretRotationRecyclerProps } from './props.ts'

/** What the functions are told in RECYCLER_OPTIONS; times are in ms. */
export interface RecyclerOptions {
  readonly optIn: boolean
  readonly quietPeriodMs: number
  readonly maximumWaitMs: number
  readonly canaries: number
  readonly waveSize: number
  readonly deploymentTimeoutMs: number
  readonly dryRun: boolean
  readonly cloudTrail: boolean
  readonly allowedAccounts: readonly string[]
}

/** Properties that were checked, with the defaults filled in. */
export interface RecyclerSettings {
  readonly options: RecyclerOptions
  readonly clusters: readonly string[] | undefined
  readonly secrets: readonly string[] | undefined
  readonly concurrency: number
  readonly reconcile: Duration
  readonly maximumStaleAge: Duration
  readonly removalPolicy: RemovalPolicy
}

// A Record, so that no property can be forgotten.
const known: Readonly<Record<keyof SecretRotationRecyclerProps, true>> = {
  table: true,
  clusters: true,
  optIn: true,
  quietPeriod: true,
  maximumWait: true,
  waves: true,
  deploymentTimeout: true,
  dryRun: true,
  cloudTrail: true,
  allowedAccounts: true,
  reconcile: true,
  maximumStaleAge: true,
  notify: true,
  bus: true,
  secrets: true,
  removalPolicy: true,
}

const none = Duration.seconds(0)
const minute = Duration.minutes(1)
const hour = Duration.hours(1)
const day = Duration.days(1)

/**
 * Checks properties and fills the defaults in.
 *
 * @throws TypeError naming the property, its value and what is allowed.
 * @example
 * const { options } = settingsOf({ table, clusters: ['shop'] })
 */
export function settingsOf(props: SecretRotationRecyclerProps): RecyclerSettings {
  for (const name of Object.keys(props)) {
    if (!Object.hasOwn(known, name)) throw invalid('property', name, Object.keys(known).join(', '))
  }
  if (typeof props.table?.grantCircuits !== 'function') throw invalid('table', props.table, 'a circuit table')
  const quietPeriod = duration('quietPeriod', props.quietPeriod, { least: none, most: day }, minute)
  const maximumWait = duration(
    'maximumWait',
    props.maximumWait,
    { least: quietPeriod, most: day },
    // A long quiet period alone must not be an error.
    quietPeriod.toSeconds() > 900 ? quietPeriod : Duration.minutes(15),
  )
  const deploymentTimeout = duration(
    'deploymentTimeout',
    props.deploymentTimeout,
    { least: minute, most: day },
    Duration.minutes(30),
  )
  const waves = wavesOf(props.waves)
  const fiveMinutes = Duration.minutes(5)
  return {
    options: {
      optIn: flag('optIn', props.optIn, true),
      quietPeriodMs: quietPeriod.toMilliseconds(),
      maximumWaitMs: maximumWait.toMilliseconds(),
      canaries: waves.canaries,
      waveSize: waves.size,
      deploymentTimeoutMs: deploymentTimeout.toMilliseconds(),
      dryRun: flag('dryRun', props.dryRun, true),
      cloudTrail: flag('cloudTrail', props.cloudTrail, false),
      allowedAccounts:
        texts('allowedAccounts', props.allowedAccounts, /^\d{12}$/, 'account ids of 12 digits') ?? [],
    },
    clusters: texts('clusters', props.clusters, /^[a-zA-Z0-9_-]{1,255}$/, 'names of clusters, not ARNs'),
    secrets: texts(
      'secrets',
      props.secrets,
      // IAM reads ${…} as a policy variable.
      /^arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:(?!.*\$\{).+$/,
      'ARNs of secrets, where * and ? are wildcards',
    ),
    concurrency: waves.concurrency,
    reconcile: duration('reconcile', props.reconcile, { least: fiveMinutes, most: day, unit: minute }, hour),
    maximumStaleAge: duration(
      'maximumStaleAge',
      props.maximumStaleAge,
      { least: fiveMinutes, most: Duration.days(30) },
      day,
    ),
    removalPolicy: props.removalPolicy ?? RemovalPolicy.DESTROY,
  }
}

const wavesKnown: Readonly<Record<keyof RecyclerWaves, true>> = {
  canaries: true,
  size: true,
  concurrency: true,
}

function wavesOf(waves: RecyclerWaves = {}): Required<RecyclerWaves> {
  if (typeof waves !== 'object' || waves === null)
    throw invalid('waves', waves, 'an object such as { size: 5 }')
  for (const name of Object.keys(waves)) {
    if (!Object.hasOwn(wavesKnown, name)) throw invalid('waves', name, Object.keys(wavesKnown).join(', '))
  }
  return {
    canaries: whole('waves.canaries', waves.canaries, 0, 100, 1),
    size: whole('waves.size', waves.size, 1, 100, 10),
    concurrency: whole('waves.concurrency', waves.concurrency, 1, 40, 5),
  }
}
