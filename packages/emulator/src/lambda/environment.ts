import { randomUUID } from 'node:crypto'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { CircuitEvent } from '@breakwater/circuit'
import { traceId } from '../aws/identifiers.ts'
import type { EnvironmentData, EnvironmentMessage, Invocation, InvocationError } from './messages.ts'

/** How an invocation ended. Always one of these; none is ever lost. */
export type Outcome =
  | { readonly kind: 'answered'; readonly value: string }
  | { readonly kind: 'threw'; readonly error: InvocationError }
  /** It outlived the function's timeout, and the environment was killed. */
  | { readonly kind: 'timed-out'; readonly afterMs: number }
  /** The environment died under it, or never came to life. */
  | { readonly kind: 'crashed'; readonly error: InvocationError }

/** One execution environment: takes one invocation at a time, and is frozen in between. */
export interface Environment {
  readonly id: string
  /** False once it was killed or died; it then takes no more invocations. */
  readonly alive: boolean
  invoke(event: string): Promise<Outcome>
  stop(): Promise<void>
}

/** Options of {@link startEnvironment}. */
export interface EnvironmentOptions {
  readonly id: string
  /** The function, bundled into one ES module. */
  readonly source: string
  /** Name of the exported handler. @default 'handler' */
  readonly handler?: string
  readonly functionName: string
  /** An invocation that takes longer has its environment killed, in ms. @default 3_000 */
  readonly timeoutMs?: number
  /** @default 10_000 */
  readonly initTimeoutMs?: number
  /** @default 256 */
  readonly memoryMb?: number
  /** Environment variables beside those that Lambda sets. */
  readonly env?: Readonly<Record<string, string>>
  /** Called with the events of the circuits in it. */
  readonly onCircuitEvent?: (event: CircuitEvent) => void
  /** Called with its standard output and standard error, in chunks. */
  readonly onLog?: (text: string) => void
}

/** Starts an environment, that is a worker thread with its own modules, and waits for its init phase. */
export async function startEnvironment(options: EnvironmentOptions): Promise<Environment> {
  const environment = new WorkerEnvironment(options)
  await environment.ready
  return environment
}

/**
 * Thrown when a function's init phase fails; every invocation that waits for it gets `crashed`.
 *
 * @example
 * await startStack(template).catch(error => { if (error instanceof InitError) console.error(error.message) })
 */
export class InitError extends Error {
  override readonly name: string = 'InitError'
}

class WorkerEnvironment implements Environment {
  readonly id: string
  readonly ready: Promise<void>
  alive = true
  readonly #worker: Worker
  readonly #bell = new Int32Array(new SharedArrayBuffer(4))
  readonly #options: EnvironmentOptions
  #started: (error?: InitError) => void = () => {}
  #running: { readonly requestId: string; readonly settle: (outcome: Outcome) => void } | undefined

  constructor(options: EnvironmentOptions) {
    const { id, source, handler = 'handler', memoryMb = 256, onLog } = options
    this.id = id
    this.#options = options
    // This file runs as TypeScript from src and as JavaScript from dist; so does the worker's.
    this.#worker = new Worker(new URL(`./worker${extname(import.meta.url)}`, import.meta.url), {
      name: id,
      workerData: { source, handler, bell: this.#bell } satisfies EnvironmentData,
      env: lambdaVariables(options, memoryMb),
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    })
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) {
      stream.setEncoding('utf8').on('data', text => onLog?.(text))
    }
    this.#worker.on('message', message => this.#receive(message))
    this.#worker.on('error', error => this.#die(error.name, error.message))
    this.#worker.on('exit', code =>
      this.#die('Runtime.ExitError', `The environment exited with code ${code}`),
    )
    this.ready = this.#init(options.initTimeoutMs ?? 10_000)
  }

  async invoke(event: string): Promise<Outcome> {
    const { timeoutMs = 3_000 } = this.#options
    if (!this.alive) return crashed('Runtime.ExitError', 'The environment is gone')
    if (this.#running) throw new Error(`${this.id} is busy: an environment takes one invocation at a time`)
    const requestId = randomUUID()
    const deadline = Date.now() + timeoutMs
    const outcome = await new Promise<Outcome>(settle => {
      const timer = setTimeout(() => {
        this.alive = false
        settle({ kind: 'timed-out', afterMs: timeoutMs })
      }, timeoutMs)
      this.#running = {
        requestId,
        settle: outcome => {
          clearTimeout(timer)
          settle(outcome)
        },
      }
      this.#thaw({ requestId, traceId: traceId(), deadline, event })
    })
    this.#running = undefined
    if (!this.alive) await this.stop()
    return outcome
  }

  async stop(): Promise<void> {
    this.alive = false
    await this.#worker.terminate()
  }

  #thaw(invocation: Invocation): void {
    this.#worker.postMessage(invocation)
    Atomics.add(this.#bell, 0, 1)
    Atomics.notify(this.#bell, 0)
  }

  #receive(message: EnvironmentMessage): void {
    if (message.type === 'circuit') this.#options.onCircuitEvent?.(message.event)
    else if (message.type === 'ready') this.#started()
    else if (message.type === 'init-failed') this.#die(message.error.errorType, message.error.errorMessage)
    // The answer to an invocation that was given up on comes too late to mean anything.
    else if (message.requestId !== this.#running?.requestId) return
    else if (message.type === 'answered') this.#running.settle({ kind: 'answered', value: message.value })
    else this.#running.settle({ kind: 'threw', error: message.error })
  }

  #die(type: string, message: string): void {
    this.alive = false
    this.#started(new InitError(`${type}: ${message}`))
    this.#running?.settle(crashed(type, message))
  }

  async #init(timeoutMs: number): Promise<void> {
    const error = await new Promise<InitError | undefined>(resolve => {
      const timer = setTimeout(() => resolve(new InitError(`no init within ${timeoutMs} ms`)), timeoutMs)
      this.#started = error => {
        clearTimeout(timer)
        resolve(error)
      }
    })
    if (!error) return
    await this.stop()
    throw error
  }
}

function crashed(errorType: string, errorMessage: string): Outcome {
  return { kind: 'crashed', error: { errorType, errorMessage, trace: [] } }
}

function lambdaVariables(options: EnvironmentOptions, memoryMb: number): Record<string, string> {
  return {
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_FUNCTION_NAME: options.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${options.functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: options.id,
    LAMBDA_TASK_ROOT: '/var/task',
    PATH: process.env.PATH ?? '',
    _HANDLER: `handler.${options.handler ?? 'handler'}`,
    ...options.env,
  }
}
