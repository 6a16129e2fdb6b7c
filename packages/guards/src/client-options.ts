import type { Circuit, Verdict } from '@breakwater/circuit'
import {
  aFunction,
  type Check,
  type Checks,
  checkOptions,
  checkValue,
  invalid,
  milliseconds,
  oneOf,
  text,
} from '@breakwater/circuit/shared'
import { circuitOrCircuits } from './circuits.ts'

/** The part of a client that {@link guardClient} uses; every client of the AWS SDK v3 has it. */
export interface AwsClient {
  readonly middlewareStack: {
    add(middleware: never, options: never): void
    addRelativeTo(middleware: never, options: never): void
  }
  readonly config?: object
}

/** A command on its way through a guarded client. */
export interface AwsCall {
  /** The service's id in the SDK: `DynamoDB`, `S3`, `Secrets Manager`. */
  readonly service: string
  /** The command without its suffix: `GetItem`. */
  readonly operation: string
  /** The command's input. It may hold what must not be logged. */
  readonly input: Readonly<Record<string, unknown>>
}

/**
 * Judges the output of a command that the service answered with 200. A verdict `failure` or `ignored` decides; an output
 * that the rule leaves `undefined` is judged by the circuit's `classify`, as any value is. A rule that throws leaves it.
 */
export type AwsOutputRule = (
  output: Readonly<Record<string, unknown>>,
  call: Pick<AwsCall, 'input'>,
) => Verdict | undefined

/** A call that the fallback answers. */
export interface FailedAwsCall extends AwsCall {
  /** Name of the circuit. */
  readonly circuit: string
  /** `rejected`: the service was not called. `failed`: the call failed or timed out. */
  readonly cause: 'rejected' | 'failed'
}

/** One circuit for all calls of a client, or circuits by key. */
export type ClientCircuits =
  | Pick<Circuit, 'run' | 'judge' | 'name'>
  | { for(key: string): Pick<Circuit, 'run' | 'judge' | 'name'> }

/** Options of {@link guardClient}. */
export interface GuardClientOptions {
  /**
   * The unit that is admitted and counted. `outcome`: each command once, around the SDK's own retries. `attempts`: each request
   * the SDK makes for it; a rejection ends its retries, and so does the circuit's time limit.
   * @default 'outcome'
   */
  readonly count?: 'outcome' | 'attempts'
  /** The key of the circuit: the service (`DynamoDB`) or the operation (`DynamoDB.GetItem`). @default 'service' */
  readonly per?: 'service' | 'operation'
  /** Finds the key of the circuit, in place of `per`; a call for which it returns `undefined` is not guarded. */
  readonly key?: (call: AwsCall) => string | undefined
  /**
   * How long a command, or each attempt where those are counted, may take until its output is there, in ms; the request
   * is aborted then. The reading of a streamed body is not bounded.
   * @default the circuit's `timeoutMs`
   */
  readonly timeoutMs?: number
  /**
   * Answers in place of the service when the circuit rejects, and when the command failed or timed out, after the SDK's
   * retries; for a failure by `outputRules` the `error` is the output. An empty `$metadata` is added where the answer has none.
   * @default the error is thrown
   */
  readonly fallback?: (error: unknown, call: FailedAwsCall) => object | PromiseLike<object>
  /**
   * Rules for outputs in which the service failed although it answered with 200, by `Service.Operation`, in addition to
   * {@link awsOutputRules} or in their place; `undefined` takes one of them off. Such an output is counted, and returned all
   * the same; the fallback gets it as the `error`.
   */
  readonly outputRules?: Readonly<Record<string, AwsOutputRule | undefined>>
  /** The guard's name in the client's middleware stack. @default 'breakwater' */
  readonly name?: string
}

const sdkClient: Check = {
  allowed: 'a client of the AWS SDK v3',
  good: value => typeof (value as AwsClient)?.middlewareStack?.add === 'function',
  required: true,
}

const rules: Check = {
  allowed: 'functions by Service.Operation',
  good: value =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(value).every(
      ([key, rule]) => /^[^.]+\.[^.]+$/.test(key) && (rule === undefined || typeof rule === 'function'),
    ),
}

const checks: Checks<GuardClientOptions> = {
  count: oneOf('outcome', 'attempts'),
  per: oneOf('service', 'operation'),
  key: aFunction,
  timeoutMs: milliseconds,
  fallback: aFunction,
  outputRules: rules,
  name: text,
}

/** Checks the arguments of {@link guardClient}. */
export function checkClientOptions(client: AwsClient, circuits: ClientCircuits, options: GuardClientOptions) {
  checkValue('guardClient', 'client', client, sdkClient)
  checkValue('guardClient', 'circuits', circuits, circuitOrCircuits)
  const { per, key } = checkOptions('guardClient', options, checks)
  if (per && ('run' in circuits || key))
    throw invalid('guardClient: per', per, 'nothing beside a single Circuit, or beside key')
}
