import type {
  DescribeExecutionCommandInput,
  DescribeExecutionCommandOutput,
  GetExecutionHistoryCommandInput,
  GetExecutionHistoryCommandOutput,
  SFNClient,
  StartExecutionCommandInput,
  StartExecutionCommandOutput,
  StartSyncExecutionCommandInput,
  StartSyncExecutionCommandOutput,
} from '@aws-sdk/client-sfn'
import type { CheckedOptions } from './options.ts'
import { withTimeLimit } from './waiting.ts'

/** The four operations that the client uses. */
interface Operations {
  DescribeExecution: [DescribeExecutionCommandInput, DescribeExecutionCommandOutput]
  GetExecutionHistory: [GetExecutionHistoryCommandInput, GetExecutionHistoryCommandOutput]
  StartExecution: [StartExecutionCommandInput, StartExecutionCommandOutput]
  StartSyncExecution: [StartSyncExecutionCommandInput, StartSyncExecutionCommandOutput]
}
type Operation = keyof Operations

interface OpenConnection {
  /** For requests that may be sent again. */
  readonly client: Pick<SFNClient, 'send'>
  /** For requests that must be sent once. */
  readonly once: Pick<SFNClient, 'send'>
  readonly commands: { [K in Operation]: new (input: Operations[K][0]) => object }
}

/** The connection to Step Functions: loads the SDK when first needed, and limits the time of requests. */
export class WorkflowConnection {
  readonly #options: CheckedOptions
  #own: SFNClient[] = []
  #ready: Promise<OpenConnection> | undefined

  constructor(options: CheckedOptions) {
    this.#options = options
  }

  /** Closes the clients made here and their sockets; the next request makes new ones. */
  close(): void {
    for (const client of this.#own) client.destroy()
    this.#own = []
    this.#ready = undefined
  }

  /**
   * Sends a request.
   *
   * @throws the errors of the SDK; a TimeoutError after `requestTimeoutMs`; the reason of `signal`.
   */
  async send<K extends Operation>(
    operation: K,
    input: Operations[K][0],
    signal: AbortSignal | undefined,
  ): Promise<Operations[K][1]> {
    const { clock, requestTimeoutMs } = this.#options
    const sync = operation === 'StartSyncExecution'
    const timeoutMs = sync ? undefined : requestTimeoutMs
    const timeoutError = () =>
      new DOMException(`WorkflowClient: ${operation}: no answer within ${timeoutMs} ms`, 'TimeoutError')
    return withTimeLimit({ clock, signal, timeoutMs, timeoutError }, async abortSignal => {
      const { client, once, commands } = await this.#open()
      abortSignal.throwIfAborted()
      const command = new commands[operation](input) as never
      return (sync ? once : client).send(command, { abortSignal }) as Promise<Operations[K][1]>
    })
  }

  /** A failure is not remembered: the next request tries again. */
  #open(): Promise<OpenConnection> {
    this.#ready ??= this.#load().catch((error: unknown) => {
      this.#ready = undefined
      throw error
    })
    return this.#ready
  }

  async #load(): Promise<OpenConnection> {
    const { client, clientConfig } = this.#options
    // Named one by one and not by a computed name, so that a bundler may leave the other commands out.
    const {
      DescribeExecutionCommand,
      GetExecutionHistoryCommand,
      SFNClient,
      StartExecutionCommand,
      StartSyncExecutionCommand,
    } = await import('@aws-sdk/client-sfn')
    const make = (maxAttempts?: number) => {
      const attempts = maxAttempts === undefined ? {} : { maxAttempts }
      const made = new SFNClient({ ...attempts, disableHostPrefix: isLocal(clientConfig), ...clientConfig })
      this.#own.push(made)
      return made
    }
    return {
      client: client ?? make(),
      once: client ?? make(1),
      commands: {
        DescribeExecution: DescribeExecutionCommand,
        GetExecutionHistory: GetExecutionHistoryCommand,
        StartExecution: StartExecutionCommand,
        StartSyncExecution: StartSyncExecutionCommand,
      },
    }
  }
}

/** Whether requests go to this machine, where host names that begin with `sync-` do not resolve. */
function isLocal(config: CheckedOptions['clientConfig']): boolean {
  const { AWS_ENDPOINT_URL_SFN, AWS_ENDPOINT_URL } = process.env
  const endpoint = config?.endpoint ?? (AWS_ENDPOINT_URL_SFN || AWS_ENDPOINT_URL)
  if (typeof endpoint !== 'string') return false
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(URL.parse(endpoint)?.hostname ?? '')
}
