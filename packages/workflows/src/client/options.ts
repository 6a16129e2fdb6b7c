import type { SFNClient, SFNClientConfig } from '@aws-sdk/client-sfn'
import { type Clock, systemClock } from '@breakwater/circuit'
import {
  aFunction,
  anObject,
  type Checks,
  checkOptions,
  checkValue,
  invalid,
  milliseconds,
  objectWith,
  oneOf,
  required,
  textLike,
} from '@breakwater/circuit/shared'

/** Options of a {@link WorkflowClient}. `client` and `clientConfig` exclude each other. */
export type WorkflowClientOptions = {
  /** Time limit of one request, in ms; does not apply to requests that run an EXPRESS workflow. @default 10_000 */
  readonly requestTimeoutMs?: number
  /** Clock for waits and time limits; for tests. @default the machine's own clock */
  readonly clock?: Clock
  /** Returns 0 (included) to 1 (excluded); spreads the polls. @default Math.random */
  readonly random?: () => number
} & (
  | {
      /**
       * The SDK client to use. Its retries stay as they are: with more than one attempt it may run an EXPRESS workflow
       * twice when an answer was lost.
       *
       * @default own clients, made when first needed
       */
      readonly client?: Pick<SFNClient, 'send'>
      readonly clientConfig?: never
    }
  | {
      readonly client?: never
      /**
       * Configuration of the SDK clients, over the defaults of the SDK. Runs of EXPRESS workflows are sent once unless
       * `maxAttempts` says otherwise.
       */
      readonly clientConfig?: SFNClientConfig
    }
)

/** Options of a wait. */
export interface WaitOptions {
  /** Time limit of the wait, in ms; the execution goes on beyond it. @default none */
  readonly timeoutMs?: number
  /** Ends the wait, not the execution. @default none */
  readonly signal?: AbortSignal
}

/** Options of a start. */
export interface StartOptions {
  /** Name of the execution, 1 to 80 characters: the same name with the same input is the same execution. @default a random one */
  readonly name?: string
  /** Ends the wait for the answer. @default none */
  readonly signal?: AbortSignal
}

/** Options of a run. */
export interface RunOptions extends WaitOptions {
  /** Name of the execution. For STANDARD as in {@link StartOptions}; for EXPRESS it prevents no second run. @default a random one */
  readonly name?: string
  /** Type of the state machine. @default found out by the first run of the state machine, and remembered */
  readonly type?: 'EXPRESS' | 'STANDARD'
}

/** Options of an explanation. */
export interface ExplainOptions {
  /** Ends the wait for the answers. @default none */
  readonly signal?: AbortSignal
}

/** Options that were checked, with the defaults filled in. */
export type CheckedOptions = Required<Omit<WorkflowClientOptions, 'client' | 'clientConfig'>> &
  Pick<WorkflowClientOptions, 'client' | 'clientConfig'>

const maxInputBytes = 262_144
/** A name that Step Functions accepts, in an ARN or alone. */
const name = String.raw`[^\s<>{}\[\]?*"#%\\^|~\u0060$&,;:/\p{Cc}]{1,80}`
const arn = String.raw`arn:[\w-]+:states:[\w-]+:\d{12}`

const clientChecks: Checks<WorkflowClientOptions> = {
  client: objectWith('an SFNClient', 'send'),
  clientConfig: { ...anObject, allowed: 'the configuration of an SFNClient' },
  requestTimeoutMs: milliseconds,
  clock: objectWith('a Clock', 'setTimeout'),
  random: aFunction,
}

const waitChecks: Checks<WaitOptions> = {
  signal: objectWith('an AbortSignal', 'addEventListener'),
  timeoutMs: milliseconds,
}
const executionName = textLike(
  new RegExp(`^${name}$`, 'u'),
  '1 to 80 characters without spaces and any of <>{}[]?*"#%\\^|~`$&,;:/',
)

/** The checks of the options of each method. */
export const callChecks = {
  run: {
    name: executionName,
    type: oneOf('EXPRESS', 'STANDARD'),
    ...waitChecks,
  } satisfies Checks<RunOptions>,
  start: { name: executionName, signal: waitChecks.signal } satisfies Checks<StartOptions>,
  wait: waitChecks,
  explain: { signal: waitChecks.signal },
} as const

const stateMachineArn = textLike(
  new RegExp(`^${arn}:stateMachine:${name}(:${name})?$`, 'u'),
  'arn:PARTITION:states:REGION:ACCOUNT:stateMachine:NAME',
)

/** EXPRESS executions keep no history but in their logs, so only STANDARD ones can be waited for and explained. */
const executionArn = textLike(
  new RegExp(`^${arn}:execution:${name}(/${name})?:${name}$`, 'u'),
  'arn:PARTITION:states:REGION:ACCOUNT:execution:STATE_MACHINE:NAME, of a STANDARD workflow',
)

/** Checks the options of a client and fills in the defaults. */
export function checkClientOptions(options: WorkflowClientOptions): CheckedOptions {
  const {
    client,
    clientConfig,
    requestTimeoutMs = 10_000,
    clock = systemClock,
    random = Math.random,
  } = checkOptions('WorkflowClient', options, clientChecks)
  if (client && clientConfig) {
    throw invalid('WorkflowClient: clientConfig', clientConfig, 'nothing beside client')
  }
  const given = { ...(client && { client }), ...(clientConfig && { clientConfig }) }
  return { ...given, requestTimeoutMs, clock, random } as CheckedOptions
}

/** Returns the ARN if it is one of a state machine. */
export function checkMachine(owner: string, value: string | undefined): string {
  checkValue(owner, 'stateMachineArn', value, required(stateMachineArn))
  return value as string
}

/** Returns the ARN if it is one of a STANDARD execution. */
export function checkExecution(owner: string, value: string): string {
  checkValue(owner, 'executionArn', value, required(executionArn))
  return value
}

/** The input as JSON. */
export function checkInput(owner: string, input: unknown): string {
  const notJson = () => invalid(`${owner}: input`, input, 'what JSON can hold')
  let json: string | undefined
  try {
    json = JSON.stringify(input)
  } catch (cause) {
    throw Object.assign(notJson(), { cause })
  }
  if (json === undefined) throw notJson()
  const bytes = Buffer.byteLength(json)
  if (bytes <= maxInputBytes) return json
  throw invalid(`${owner}: input`, `${bytes} bytes`, `at most ${maxInputBytes} bytes (256 KiB) of JSON`)
}
