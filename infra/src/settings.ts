import { invalid } from '@breakwater/circuit/shared'
import { RemovalPolicy } from 'aws-cdk-lib'
import type { Node } from 'constructs'

/** The settings of one deployment. */
export interface Settings {
  /** Name of the deployment, part of every stack's name. */
  readonly stage: string
  /** What happens to data when its stack is deleted. */
  readonly removalPolicy: RemovalPolicy
  /** URL to post charges to; undefined where no provider was named. */
  readonly paymentUrl: string | undefined
  /** Names of the ECS clusters whose services are recycled; undefined for all. */
  readonly recycleClusters: readonly string[] | undefined
  /** Whether recycles are only planned and reported. */
  readonly recycleDryRun: boolean
  /** Environments that each function may have at a time, reserved from the account's; undefined for none reserved. */
  readonly reservedConcurrency: number | undefined
}

/**
 * Reads the settings from the app's context: `stage` (default `dev`), `paymentUrl`, `retain` (default: true for the
 * stage `prod` only), `recycleClusters` (default: all), `recycleDryRun` (default: true) and `reservedConcurrency`
 * (default: none), each a text as `-c name=value` gives it, or as CDK_CONTEXT_JSON holds it.
 *
 * @throws TypeError naming the setting, its value and what is allowed.
 * @example
 * const settings = readSettings(app.node)
 */
export function readSettings(node: Node): Settings {
  const stage = node.tryGetContext('stage') ?? 'dev'
  if (typeof stage !== 'string' || !/^[a-z][a-z0-9-]{0,19}$/.test(stage)) {
    throw invalid('stage', stage, '1 to 20 of a-z 0-9 -, a letter first')
  }
  const paymentUrl: unknown = node.tryGetContext('paymentUrl')
  if (paymentUrl !== undefined && !/^https?:$/.test(URL.parse(String(paymentUrl))?.protocol ?? '')) {
    throw invalid('paymentUrl', paymentUrl, 'the http or https address to post charges to')
  }
  return {
    stage,
    removalPolicy: flag(node, 'retain', stage === 'prod') ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    paymentUrl: paymentUrl === undefined ? undefined : String(paymentUrl),
    recycleClusters: clusters(node.tryGetContext('recycleClusters')),
    recycleDryRun: flag(node, 'recycleDryRun', true),
    reservedConcurrency: concurrency(node.tryGetContext('reservedConcurrency')),
  }
}

function flag(node: Node, name: string, defaultValue: boolean): boolean {
  const value = String(node.tryGetContext(name) ?? defaultValue)
  if (value !== 'true' && value !== 'false') throw invalid(name, value, 'true or false')
  return value === 'true'
}

function concurrency(value: unknown): number | undefined {
  if (value === undefined) return undefined
  if (/^[1-9]\d{0,3}$/.test(String(value))) return Number(value)
  throw invalid('reservedConcurrency', value, 'a whole number from 1 to 9999')
}

function clusters(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined
  const names = String(value).split(',')
  if (names.every(name => /^[a-zA-Z0-9_-]{1,255}$/.test(name)) && new Set(names).size === names.length)
    return names
  throw invalid('recycleClusters', value, 'names of ECS clusters, each once, with commas in between')
}
