import { TaskTokenError } from '../errors.ts'
import { exceedsPayloadLimit, type Json, toJson } from '../values.ts'

/** A task that waits for its token. */
export interface WaitingTask {
  succeed(output: Json): void
  fail(error: string, cause: string): void
  heartbeat(): void
}

/** The tasks that wait for their tokens. */
export class TaskTokens {
  readonly #waiting = new Map<string, WaitingTask>()

  /** Returns a function that removes it. */
  add(token: string, waiting: WaitingTask): () => void {
    this.#waiting.set(token, waiting)
    return () => void this.#waiting.delete(token)
  }

  succeed(token: string, output: unknown): void {
    const waiting = this.#find(token)
    waiting.succeed(outputOf(output))
  }

  fail(token: string, error = '', cause = ''): void {
    this.#find(token).fail(error, cause)
  }

  heartbeat(token: string): void {
    this.#find(token).heartbeat()
  }

  #find(token: string): WaitingTask {
    const waiting = this.#waiting.get(token)
    if (waiting) return waiting
    const isToken = /^arn:.+#\d+$/.test(Buffer.from(token, 'base64url').toString())
    if (!isToken) throw new TaskTokenError('InvalidToken', `Invalid Token: '${token}'`)
    throw new TaskTokenError('TaskTimedOut', 'Task Timed Out: no task waits for this token, or not any more')
  }
}

function outputOf(output: unknown): Json {
  try {
    const json = toJson(output)
    if (!exceedsPayloadLimit(JSON.stringify(json))) return json
  } catch {
    throw new TaskTokenError('InvalidOutput', 'Invalid Output: it is no JSON')
  }
  throw new TaskTokenError('InvalidOutput', 'Invalid Output: it is over 256 KiB')
}
