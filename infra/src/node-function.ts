import { acknowledge } from '@breakwater/constructs'
import { Duration, type RemovalPolicy } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { withBundle } from './bundle.ts'

/** Properties of {@link nodeFunction}. */
export interface NodeFunctionProps {
  /** The function's package, such as `@breakwater/orders`, or a file of it. */
  readonly entry: URL
  readonly description: string
  /** What becomes of the logs when they leave the stack. */
  readonly removalPolicy: RemovalPolicy
  /** Name of the exported handler. @default 'handler' */
  readonly handler?: string
  /** Longest time of an invocation, in seconds. @default 10 */
  readonly timeoutSeconds?: number
  /** @default none */
  readonly environment?: Readonly<Record<string, string>>
}

/**
 * A function out of one bundle: traced, with structured logs of bounded retention, and a role that can write those and
 * nothing else.
 *
 * @example
 * const orders = nodeFunction(this, 'Orders', { entry, description: 'Takes orders', removalPolicy })
 */
export function nodeFunction(scope: Construct, id: string, props: NodeFunctionProps): LambdaFunction {
  const logGroup = new LogGroup(scope, `${id}Logs`, {
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: props.removalPolicy,
  })
  // Lambda's managed policy would let it write to every log group of the account.
  const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
  logGroup.grantWrite(role)
  const made = withBundle(
    props.entry,
    folder =>
      new LambdaFunction(scope, id, {
        code: Code.fromAsset(folder),
        handler: `index.${props.handler ?? 'handler'}`,
        description: props.description,
        runtime: Runtime.NODEJS_24_X,
        architecture: Architecture.ARM_64,
        memorySize: 512,
        timeout: Duration.seconds(props.timeoutSeconds ?? 10),
        environment: { ...props.environment },
        tracing: Tracing.ACTIVE,
        loggingFormat: LoggingFormat.JSON,
        logGroup,
        role,
      }),
  )
  acknowledge(role, { 'AwsSolutions-IAM5[Resource::*]': 'X-Ray knows no narrower resource than all' })
  return made
}
