import type { SFNClient, SFNClientConfig } from '@aws-sdk/client-sfn'
import { type Clock, systemClock } from '@breakwater/circuit'
import { checkNumber, invalid } from '@breakwater/circuit/shared'

/** Options that every {@link WorkflowClient} takes. */
interface CommonOptions {
  /** Time limit of one request, in ms; does not apply to requests that run an EXPRESS workflow. @default 10_000 */
  readonly requestTimeoutMs?: number
  /** Clock for waits and time limits; for tests. @default the machine's own clock */
  readonly clock?: Clock
  /** Returns 0 (included) to 1 (excluded); spreads the polls. @default Math.random */
  readonly random?: () => number
}

/** With an existing SDK client. */
interface ExistingClient {
  /**
   * The SDK client to use. Its retries stay as they are: with more than one attempt it may run an EXPRESS workflow
   * twice when an answer was lost.
   *
   * @default own clients, made when first needed
   */
  readonly client?: Pick<SFNClient, 'send'>
  readonly clientConfig?: never
}

/** With own SDK clients. */
interface OwnClients {
  readonly client?: never
  /** Configuration of the SDK clients, over the defaults of the SDK. Runs of EXPRESS workflows are sent once unless `maxAttempts` says otherwise. */
  readonly clientConfig?: SFNClientConfig
}

/** Options of a {@link WorkflowClient}. `client` and `clientConfig` exclude each other. */
export type WorkflowClientOptions = CommonOptions & (ExistingClient | OwnClients)

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

/** Options that were checked, with the defaults filled in. */
export type CheckedOptions = Required<CommonOptions> & Pick<WorkflowClientOptions, 'client' | 'clientConfig'>

const known = ['client', 'clientConfig', 'requestTimeoutMs', 'clock', 'random']
const maxInputBytes = 262_144
/** A name that Step Functions accepts, in an ARN or alone. */
const name = String.raw`[^\s<>{}\[\]?*"#%\\^|~\u0060$&,;:/\p{Cc}]{1,80}`
const arn = String.raw`arn:[\w-]+:states:[\w-]+:\d{12}`
const names = new RegExp(`^${name}$`, 'u')
const machines = new RegExp(`^${arn}:stateMachine:${name}(:${name})?$`, 'u')
const executions = new RegExp(`^${arn}:execution:${name}(/${name})?:${name}$`, 'u')

/** Refuses what cannot work, by a message that names the option, what it got and what is allowed. */
export function checkClientOptions(options: WorkflowClientOptions): CheckedOptions {
  checkNames(options, known)
  const {
    client,
    clientConfig,
    requestTimeoutMs = 10_000,
    clock = systemClock,
    random = Math.random,
  } = options
  if (client !== undefined && typeof client?.send !== 'function')
    throw invalid('client', client, 'an SFNClient')
  if (clientConfig !== undefined && (typeof clientConfig !== 'object' || clientConfig === null))
    throw invalid('clientConfig', clientConfig, 'the configuration of an SFNClient')
  if (client && clientConfig) throw invalid('clientConfig', clientConfig, 'nothing beside client')
  if (typeof clock?.setTimeout !== 'function') throw invalid('clock', clock, 'a Clock')
  if (typeof random !== 'function') throw invalid('random', random, 'a function')
  checkNumber('requestTimeoutMs', requestTimeoutMs)
  const given = { ...(client && { client }), ...(clientConfig && { clientConfig }) }
  return { ...given, requestTimeoutMs, clock, random } as CheckedOptions
}

/** Checks the options of one call; `allowed` are their names. */
export function checkCallOptions<T extends RunOptions>(
  options: T,
  allowed: readonly (keyof T & string)[],
): T {
  checkNames(options, allowed)
  const { name, timeoutMs, signal, type } = options
  if (name !== undefined && !(typeof name === 'string' && names.test(name)))
    throw invalid('name', name, '1 to 80 characters without spaces and any of <>{}[]?*"#%\\^|~`$&,;:/')
  if (timeoutMs !== undefined) checkNumber('timeoutMs', timeoutMs)
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    throw invalid('signal', signal, 'an AbortSignal')
  if (type !== undefined && type !== 'EXPRESS' && type !== 'STANDARD')
    throw invalid('type', type, 'EXPRESS or STANDARD')
  return options
}

/** Returns the ARN if it is one of a state machine. */
export function checkMachine(value: unknown): string {
  if (typeof value === 'string' && machines.test(value)) return value
  throw invalid('stateMachineArn', value, 'arn:PARTITION:states:REGION:ACCOUNT:stateMachine:NAME')
}

/** Returns the ARN if it is one of a STANDARD execution: EXPRESS executions keep no history but in their logs. */
export function checkExecution(value: unknown): string {
  if (typeof value === 'string' && executions.test(value)) return value
  const allowed = 'arn:PARTITION:states:REGION:ACCOUNT:execution:STATE_MACHINE:NAME, of a STANDARD workflow'
  throw invalid('executionArn', value, allowed)
}

/** The input as JSON. */
export function checkInput(input: unknown): string {
  let json: string | undefined
  try {
    json = JSON.stringify(input)
  } catch (cause) {
    throw Object.assign(notJson(input), { cause })
  }
  if (json === undefined) throw notJson(input)
  const bytes = Buffer.byteLength(json)
  if (bytes <= maxInputBytes) return json
  throw invalid('input', `${bytes} bytes`, `at most ${maxInputBytes} bytes (256 KiB) of JSON`)
}

const notJson = (input: unknown) => invalid('input', input, 'what JSON can hold')

/** An option nobody knows is a misspelt one, and would be a silent default. */
function checkNames(options: object, allowed: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw invalid('options', options, 'an object')
  for (const given of Object.keys(options)) {
    if (!allowed.includes(given)) throw invalid('option', given, allowed.join(', '))
  }
}
