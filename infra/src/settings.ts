import { invalid } from '@breakwater/circuit/shared'
import { RemovalPolicy } from 'aws-cdk-lib'
import type { Node } from 'constructs'

/** What differs from one deployment to the next. */
export interface Settings {
  /** Name of the deployment, part of every stack's name. */
  readonly stage: string
  /** What becomes of data when its stack goes. */
  readonly removalPolicy: RemovalPolicy
  /** Where charges are posted; absent where no provider was named. */
  readonly paymentUrl: string | undefined
}

/**
 * Reads the settings from the app's context: `stage` (default `dev`), `paymentUrl`, and `retain` (default: true for
 * the stage `prod` only), each a text as `-c name=value` gives it, or as CDK_CONTEXT_JSON holds it.
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
  const retain = String(node.tryGetContext('retain') ?? stage === 'prod')
  if (retain !== 'true' && retain !== 'false') throw invalid('retain', retain, 'true or false')
  const paymentUrl: unknown = node.tryGetContext('paymentUrl')
  if (paymentUrl !== undefined && !/^https?:$/.test(URL.parse(String(paymentUrl))?.protocol ?? '')) {
    throw invalid('paymentUrl', paymentUrl, 'the http or https address to post charges to')
  }
  return {
    stage,
    removalPolicy: retain === 'true' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    paymentUrl: paymentUrl === undefined ? undefined : String(paymentUrl),
  }
}
