import {
  type CircuitOpenError,
  type FallbackContext,
  isCircuitOpenError,
  isRejection,
  type Permit,
  type Settled,
  systemClock,
  type Verdict,
} from '@breakwater/circuit'
import { checkValue, deadlineOf, discard, outcomeOf, retryAfterOf } from '@breakwater/circuit/shared'
import {
  aCircuit,
  type CircuitBreakerOptions,
  circuitBreakerValidateOptions,
  type GuardingCircuit,
  type MiddyMiddleware,
  type MiddyRequest,
} from './options.ts'
import { innerRejection, rejection } from './rejection.ts'
import { type Streamed, streamed, watchStream } from './response-stream.ts'
import { judge } from './verdict.ts'

/** An invocation that the circuit admitted. */
interface Admission {
  readonly circuit: GuardingCircuit
  readonly permit: Permit
  readonly request: object
  /** True once the permit is being settled: that happens once. */
  closed: boolean
  timer?: unknown
  /** Set when the deadline passed: settles when the failure is written. */
  overdue?: Promise<void>
  /** What the handler streams, until that is over. */
  stream?: { destroy(): unknown } | undefined
}

/**
 * Guards a whole handler by a circuit. Register it last: it is then right around the handler, and errors of other
 * middlewares do not count.
 *
 * A response that the handler streams is counted when its stream is over: one that breaks off, or outlives the deadline, is
 * a failure.
 *
 * A rejection goes through `onError` of the other middlewares, as a failure does: so their headers are on the answer.
 *
 * @throws TypeError for a bad option, naming it, its value and what is allowed; at a request where the function that should
 *   find its circuit returns none.
 * @example
 * export const handler = middy(handleOrder)
 *   .use(injectLambdaContext(logger))
 *   .use(circuitBreaker({ circuit: payments }))
 */
export function circuitBreaker<TEvent = unknown, TResult = unknown>(
  options: CircuitBreakerOptions<TEvent, TResult>,
): MiddyMiddleware<TEvent> {
  circuitBreakerValidateOptions(options)
  const { circuit, fallback, classify, marginMs = 500, clock = systemClock } = options
  // A key for each instance: two breakers in one chain must not settle each other's permits.
  const key = Symbol('breakwater.admission')
  // Admissions whose deadline is still ahead, for the sweep below. The admission itself is kept with its request.
  const bounded = new Set<Admission>()

  const circuitBreakerBefore = async (request: Request): Promise<void> => {
    for (const admission of bounded) if (endedEarly(admission)) void giveUp(admission)
    const chosen = typeof circuit === 'function' ? circuit(request.event, request.context) : circuit
    checkValue('circuitBreaker', 'circuit', chosen, aCircuit)
    const deadline = deadlineOf(request.context, marginMs, clock.now())
    let permit: Permit
    try {
      permit = await chosen.acquire({ reentrant: true, ...(deadline !== undefined && { deadline }) })
    } catch (error) {
      if (!isCircuitOpenError(error)) throw error
      keep(request, error)
      // No early answer, which would skip all that other middlewares do at the end: CORS headers, metrics, the record of
      // an idempotent call. They do it in `onError` as well, where this one answers.
      throw error
    }
    const admission: Admission = { circuit: chosen, permit, request, closed: false }
    keep(request, admission)
    if (deadline === undefined) return
    bounded.add(admission)
    admission.timer = clock.setTimeout(() => {
      bounded.delete(admission)
      admission.overdue = endedEarly(admission) ? permit.ignore() : permit.fail()
    }, deadline - clock.now())
    // The timer must not keep an environment awake whose handler has answered by a callback.
    ;(admission.timer as { unref?: () => void } | undefined)?.unref?.()
  }

  const circuitBreakerAfter = async (request: Request): Promise<void> => {
    const settled: Settled = { ok: true, value: request.response }
    const reason = await settle(kept(request) as Admission, request, settled)
    if (!(reason && fallback)) return
    request.response = await fallback(request, settled.value, reason)
    discard(settled, request.response)
  }

  const circuitBreakerOnError = async (request: Request): Promise<void> => {
    const state = kept(request)
    const own = isCircuitOpenError(state)
    // Another middleware may have replaced the error by one for the caller.
    const error = own ? state : request.error
    const reason = own ? rejectedBy(state, state.circuit) : await settle(state, request, { ok: false, error })
    // A response that is set already comes from another middleware.
    if (!reason || request.response !== undefined) return
    // Set, not returned or thrown, so that the onError of the other middlewares (metrics, CORS headers) still runs.
    try {
      if (fallback) {
        const answer = await fallback(request, error, reason)
        // Middy throws the error unless there is a response; Lambda sends undefined as null anyway.
        request.response = answer === undefined ? null : answer
      } else if (reason.cause === 'rejected') {
        const answer = own ? rejection : innerRejection
        request.response = answer(request.event, error as CircuitOpenError) as TResult
      }
    } catch (thrown) {
      // Without a fallback it is a field of the error that has thrown, and the caller gets the error itself.
      if (fallback) request.error = thrown as Error
    }
  }

  /** Settles the permit of the invocation, once; returns the context for the fallback, if it is to answer. */
  async function settle(
    admission: Admission | undefined,
    request: Request,
    settled: Settled,
  ): Promise<FallbackContext | undefined> {
    if (admission === undefined || admission.closed) return undefined
    // What failed since is another middleware: nothing reads what the handler streams.
    if (admission.stream) return giveUp(admission)
    const { permit } = admission
    const error = settled.ok ? settled.value : settled.error
    let rejected: FallbackContext | undefined
    let verdict: Verdict | undefined
    try {
      if (!settled.ok && isRejection(error)) rejected = rejectedBy(error as CircuitOpenError, permit.circuit)
      verdict = rejected ? 'ignored' : classify?.(settled, request)
    } catch {
      // A classifier, or an error, that throws is ignored: the caller gets the handler's own result.
    }
    verdict ??= judge(settled, request.event) ?? admission.circuit.judge(settled)
    const failed = outcomeOf(verdict) === 'failure'
    const stream = settled.ok && !failed && streamed(request.response)
    if (stream) {
      await watch(stream, admission, request, verdict)
      return undefined
    }
    await count(admission, verdict)
    return failed ? { circuit: permit.circuit, cause: 'failed', error } : rejected
  }

  /** A response that the handler streams is counted when that is over. */
  async function watch(
    streamed: Streamed,
    admission: Admission,
    request: Request,
    verdict: Verdict,
  ): Promise<void> {
    const { stream, response } = await watchStream(streamed, async end => {
      admission.stream = undefined
      if (end && !end.ok) await settle(admission, request, end)
      else if (!admission.closed) await count(admission, end ? verdict : 'ignored')
    })
    admission.stream = stream
    request.response = response as TResult
  }

  /**
   * After the deadline the invocation was counted as a hang, and this changes nothing. The verdict still decides whether
   * the fallback answers.
   */
  async function count(admission: Admission, verdict: Verdict): Promise<void> {
    const permit = close(admission)
    const outcome = outcomeOf(verdict)
    if (outcome === 'failure') await permit.fail(retryAfterOf(verdict))
    else await (outcome === 'success' ? permit.succeed() : permit.ignore())
    await admission.overdue
  }

  /** For what ended without an outcome of the dependency. */
  async function giveUp(admission: Admission): Promise<undefined> {
    const ignored = close(admission).ignore()
    admission.stream?.destroy()
    await ignored
  }

  /** Keeps it with the request. Replaces `internal`: under Middy 6 all invocations may share the object. */
  function keep(request: Request, state: Admission | CircuitOpenError): void {
    request.internal = { ...request.internal, [key]: state }
  }

  function kept({ internal }: Request): Admission | CircuitOpenError | undefined {
    return (internal as Record<symbol, Admission | CircuitOpenError | undefined>)[key]
  }

  function close(admission: Admission): Permit {
    admission.closed = true
    bounded.delete(admission)
    if (admission.timer !== undefined) clock.clearTimeout(admission.timer)
    return admission.permit
  }

  type Request = MiddyRequest<TEvent, TResult>
  return { before: circuitBreakerBefore, after: circuitBreakerAfter, onError: circuitBreakerOnError }
}

/**
 * True if a middleware inside of this one answered in the handler's place (a cache, say): Middy then skips every
 * `after`, and the invocation ends without an outcome of the dependency.
 */
function endedEarly({ request }: Admission): boolean {
  return 'earlyResponse' in request
}

/** `guarding`: the circuit around the one that rejected, where the error does not say which one that was. */
function rejectedBy(error: CircuitOpenError, guarding: string): FallbackContext {
  return { circuit: error.circuit ?? guarding, cause: 'rejected', error }
}
