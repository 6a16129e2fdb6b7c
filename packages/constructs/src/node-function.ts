import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  anObject,
  type Checks,
  checkOptions,
  objectWith,
  oneOf,
  required,
  wholeNumber,
} from '@breakwater/circuit/shared'
import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { type IRole, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
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
import { buildSync } from 'esbuild'
import { acknowledge } from './acknowledge.ts'
import { aRemovalPolicy, aText, orToken } from './checks.ts'

/** Properties of {@link nodeFunction}. */
export interface NodeFunctionProps {
  /** The function's package, such as `@breakwater/orders`, or a file of it. */
  readonly entry: URL
  /** Description of the function. */
  readonly description: string
  /** What happens to the logs when they leave the stack. @default RemovalPolicy.DESTROY */
  readonly removalPolicy?: RemovalPolicy
  /** Name of the exported handler. @default 'handler' */
  readonly handler?: string
  /** Time limit of an invocation, in seconds, 1 to 900. @default 10 */
  readonly timeoutSeconds?: number
  /** Memory, in MB, 128 to 10,240. @default 512 */
  readonly memorySize?: number
  /** Role of the function, which gets the permissions to write logs and traces. @default a new role */
  readonly role?: IRole
  /** Environment variables. @default none */
  readonly environment?: Readonly<Record<string, string>>
  /**
   * The AWS SDK of the function: `runtime` for that of Lambda's runtime, which keeps the bundle small; `bundled` for the
   * installed one, where that of Lambda's runtime may be too old. @default 'runtime'
   */
  readonly sdk?: 'runtime' | 'bundled'
}

const checks: Checks<NodeFunctionProps> = {
  entry: required({ allowed: 'the URL of a file', good: value => String(value).startsWith('file:') }),
  description: required(aText),
  removalPolicy: aRemovalPolicy,
  handler: aText,
  timeoutSeconds: orToken(wholeNumber(1, 900)),
  memorySize: orToken(wholeNumber(128, 10_240)),
  role: objectWith('a role', 'addToPrincipalPolicy'),
  environment: {
    allowed: 'an object of texts',
    good: value => anObject.good(value) && Object.values(value as object).every(one => aText.good(one)),
  },
  sdk: oneOf('runtime', 'bundled'),
}

/**
 * A function made of one esbuild bundle: traced, with structured logs of limited retention, and a role that can write
 * those and nothing else.
 *
 * @throws TypeError for a bad property, naming it, its value and what is allowed.
 * @throws Error of esbuild where the source cannot be bundled.
 * @example
 * const entry = new URL(import.meta.resolve('@breakwater/orders'))
 * const orders = nodeFunction(this, 'Orders', { entry, description: 'Takes orders' })
 */
export function nodeFunction(scope: Construct, id: string, props: NodeFunctionProps): LambdaFunction {
  checkOptions('nodeFunction', props, checks)
  const logGroup = new LogGroup(scope, `${id}Logs`, {
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: props.removalPolicy ?? RemovalPolicy.DESTROY,
  })
  const role = props.role ?? newRole(scope, id)
  logGroup.grantWrite(role)
  return withBundle(
    props.entry,
    folder =>
      new LambdaFunction(scope, id, {
        code: Code.fromAsset(folder),
        handler: `index.${props.handler ?? 'handler'}`,
        description: props.description,
        runtime: Runtime.NODEJS_24_X,
        architecture: Architecture.ARM_64,
        memorySize: props.memorySize ?? 512,
        timeout: Duration.seconds(props.timeoutSeconds ?? 10),
        environment: { ...props.environment },
        tracing: Tracing.ACTIVE,
        loggingFormat: LoggingFormat.JSON,
        logGroup,
        role,
      }),
    props.sdk,
  )
}

function newRole(scope: Construct, id: string): Role {
  // Lambda's managed policy would allow writes to every log group of the account.
  const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
  acknowledge(role, { 'AwsSolutions-IAM5[Resource::*]': 'X-Ray knows no narrower resource than all' })
  return role
}

// Run from its sources, in this repository, it finds the sources of the other packages too.
const conditions = import.meta.url.endsWith('.ts') ? ['@breakwater/source'] : []

// Bundled CommonJS dependencies call require, which an ES module does not have.
const banner = `import { createRequire as __createRequire } from 'node:module'
const require = __createRequire(import.meta.url)`

/**
 * Bundles a function into `index.mjs` of a temporary folder, which is removed after `use`.
 *
 * @param entry the function's source, or its package's entry.
 * @param use makes an asset of the folder.
 * @returns what `use` returned.
 * @throws Error of esbuild where the source cannot be bundled.
 * @example
 * const code = withBundle(new URL(import.meta.resolve('@breakwater/orders')), folder => Code.fromAsset(folder))
 */
export function withBundle<T>(
  entry: URL,
  use: (folder: string) => T,
  sdk: NodeFunctionProps['sdk'] = 'runtime',
): T {
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-bundle-'))
  try {
    buildSync({
      entryPoints: [fileURLToPath(entry)],
      outfile: join(folder, 'index.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      conditions,
      mainFields: ['module', 'main'],
      external: sdk === 'runtime' ? ['@aws-sdk/*', '@smithy/*'] : [],
      banner: { js: banner },
      // Comments that name source files would name a folder of this machine.
      minifyWhitespace: true,
      minifySyntax: true,
      logLevel: 'silent',
    })
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
