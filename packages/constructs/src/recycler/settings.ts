import {
  anObject,
  type Checks,
  checkOptions,
  objectWith,
  required,
  trueOrFalse,
  wholeNumber,
} from '@breakwater/circuit/shared'
import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { aCircuitTable, aRemovalPolicy } from '../checks.ts'
import { aDuration, checkDuration, type DurationRange, textsLike } from './checks.ts'
import type { RecyclerWaves, SecretRotationRecyclerProps } from './props.ts'

/** The variable RECYCLER_OPTIONS of the functions; times are in ms. */
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

const none = Duration.seconds(0)
const minute = Duration.minutes(1)
const hour = Duration.hours(1)
const day = Duration.days(1)

const fiveMinutes = Duration.minutes(5)

const waveChecks: Checks<RecyclerWaves> = {
  canaries: wholeNumber(0, 100),
  size: wholeNumber(1, 100),
  concurrency: wholeNumber(1, 40),
}
const checks: Checks<SecretRotationRecyclerProps> = {
  table: required(aCircuitTable),
  clusters: textsLike(/^[a-zA-Z0-9_-]{1,255}$/, 'the name of a cluster, not its ARN', 'names of clusters'),
  optIn: trueOrFalse,
  quietPeriod: aDuration,
  maximumWait: aDuration,
  waves: anObject,
  deploymentTimeout: aDuration,
  dryRun: trueOrFalse,
  cloudTrail: trueOrFalse,
  allowedAccounts: textsLike(/^\d{12}$/, 'an account id of 12 digits', 'account ids of 12 digits'),
  reconcile: aDuration,
  maximumStaleAge: aDuration,
  notify: objectWith('a topic', 'grantPublish'),
  bus: objectWith('an event bus', 'grantPutEventsTo'),
  // IAM reads ${…} as a policy variable.
  secrets: textsLike(
    /^arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:(?!.*\$\{).+$/,
    'the ARN of a secret, where * and ? are wildcards',
    'ARNs of secrets',
  ),
  removalPolicy: aRemovalPolicy,
}
const durations = {
  quietPeriod: { min: none, max: day },
  deploymentTimeout: { min: minute, max: day },
  reconcile: { min: fiveMinutes, max: day, step: minute },
  maximumStaleAge: { min: fiveMinutes, max: Duration.days(30) },
} satisfies Partial<Record<keyof SecretRotationRecyclerProps, DurationRange>>
const owner = 'SecretRotationRecycler'

/**
 * Checks properties and fills the defaults in.
 *
 * @throws TypeError naming the property, its value and what is allowed.
 * @example
 * const { options } = settingsOf({ table, clusters: ['shop'] })
 */
export function settingsOf(props: SecretRotationRecyclerProps): RecyclerSettings {
  checkOptions(owner, props, checks)
  for (const [name, range] of Object.entries(durations)) {
    checkDuration(owner, name, props[name as keyof typeof durations], range)
  }
  const { quietPeriod = minute, deploymentTimeout = Duration.minutes(30) } = props
  // A long quiet period alone must not be an error.
  const { maximumWait = quietPeriod.toSeconds() > 900 ? quietPeriod : Duration.minutes(15) } = props
  checkDuration(owner, 'maximumWait', maximumWait, { min: quietPeriod, max: day })
  const {
    canaries = 1,
    size = 10,
    concurrency = 5,
  } = checkOptions(owner, props.waves ?? {}, waveChecks, 'waves.')
  const { optIn = true, dryRun = true, cloudTrail = false, allowedAccounts = [] } = props
  const { clusters, secrets, reconcile = hour, maximumStaleAge = day } = props
  return {
    options: {
      optIn,
      quietPeriodMs: quietPeriod.toMilliseconds(),
      maximumWaitMs: maximumWait.toMilliseconds(),
      canaries,
      waveSize: size,
      deploymentTimeoutMs: deploymentTimeout.toMilliseconds(),
      dryRun,
      cloudTrail,
      allowedAccounts,
    },
    clusters,
    secrets,
    concurrency,
    reconcile,
    maximumStaleAge,
    removalPolicy: props.removalPolicy ?? RemovalPolicy.DESTROY,
  }
}
