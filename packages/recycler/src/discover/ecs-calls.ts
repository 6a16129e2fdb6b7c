import type { ECSClient } from '@aws-sdk/client-ecs'
import { classifyAws } from '@breakwater/guards'
import type { Sleep } from '../concurrency.ts'
import type { EcsAction, EcsRates } from './ecs-rates.ts'

/** Makes one request, by a command of its own. */
type Send<T> = (ecs: Pick<ECSClient, 'send'>, options: { readonly abortSignal?: AbortSignal }) => Promise<T>

/** What {@link EcsCalls} needs. */
interface EcsCallsOptions {
  readonly ecs: Pick<ECSClient, 'send'>
  readonly rates: EcsRates
  readonly sleep: Sleep
  /** Returns 0 (included) to 1 (excluded). */
  readonly random: () => number
  readonly signal?: AbortSignal | undefined
}

/** Ten attempts wait half a minute in all, on the average. */
const attempts = 10
const baseMs = 200
const maxMs = 20_000

/** Calls ECS within its rates, again where it was throttled or is in trouble, and counts the requests. */
export class EcsCalls {
  readonly #options: EcsCallsOptions
  readonly #counts = new Map<EcsAction, number>()

  constructor(options: EcsCallsOptions) {
    this.#options = options
  }

  /** Requests so far, by action. */
  get counts(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort())
  }

  /**
   * Makes a call that changes nothing.
   *
   * @throws what the last attempt threw, or the reason of the signal.
   */
  async make<T>(action: EcsAction, send: Send<T>): Promise<T> {
    const { ecs, rates, sleep, random, signal } = this.#options
    for (let attempt = 1; ; attempt++) {
      await rates.take(action, signal)
      this.#counts.set(action, (this.#counts.get(action) ?? 0) + 1)
      try {
        const answer = await send(ecs, signal ? { abortSignal: signal } : {})
        signal?.throwIfAborted()
        return answer
      } catch (error) {
        // What the SDK makes of an abort does not say why.
        signal?.throwIfAborted()
        const verdict = classifyAws({ ok: false, error })
        const { outcome, retryAfterMs = 0 } = typeof verdict === 'string' ? { outcome: verdict } : verdict
        if (outcome !== 'failure' || attempt === attempts) throw error
        rates.throttled(action)
        const jittered = random() * Math.min(maxMs, baseMs * 2 ** (attempt - 1))
        await sleep(Math.ceil(Math.min(maxMs, Math.max(jittered, retryAfterMs))), signal)
      }
    }
  }

  /**
   * Asks for page after page. `each` is given the pages as they come, so that those before a failure are not lost.
   *
   * @throws as {@link make} does, and where a service answers the same token for ever.
   */
  async pages<T extends { readonly nextToken?: string | undefined }>(
    action: EcsAction,
    send: (
      ecs: Pick<ECSClient, 'send'>,
      token: { nextToken?: string },
      options: Parameters<Send<T>>[1],
    ) => Promise<T>,
    each: (page: T) => void,
  ): Promise<void> {
    let token: string | undefined
    do {
      const page: T = await this.make(action, (ecs, options) => {
        return send(ecs, token === undefined ? {} : { nextToken: token }, options)
      })
      each(page)
      if (page.nextToken && page.nextToken === token) throw new Error(`${action} answers the same page again`)
      token = page.nextToken
    } while (token)
  }
}

/** What is wrong with who asks, not with what is asked for. */
const identity = /UnrecognizedClient|Signature|Token|RequestExpired|OptInRequired/

/**
 * True where ECS will not answer this, but may well answer other questions: denied, not found, not supported.
 *
 * @param error what a call of ECS threw, of whatever type.
 * @example
 * await ecs.send(command).catch(error => { if (!isRefused(error)) throw error })
 */
export function isRefused(error: unknown): boolean {
  const { name, $fault } = (error ?? {}) as { readonly name?: unknown; readonly $fault?: unknown }
  if ($fault !== 'client' || identity.test(String(name))) return false
  return classifyAws({ ok: false, error }) === 'success'
}

/** Why, in a few words, for people. */
export function reasonOf(error: unknown): string {
  const { name, message } = (error ?? {}) as Partial<Error>
  return `${name ?? 'unknown error'}: ${String(message ?? error).slice(0, 300)}`
}

/** What the parts of a discovery share. */
export interface DiscoveryContext {
  readonly calls: EcsCalls
  /** Most calls under way at a time. */
  readonly concurrency: number
  readonly problems: Set<string>
}

/** Does something that ECS may refuse to answer, which then is a problem of the discovery rather than its end. */
export async function unlessRefused<T>(
  { problems }: DiscoveryContext,
  what: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!isRefused(error)) throw error
    problems.add(`${what}: ${reasonOf(error)}`)
    return undefined
  }
}
