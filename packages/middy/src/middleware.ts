import {
  type FallbackContext,
  isCircuitOpenError,
  type Permit,
  type Settled,
  systemClock,
  type Verdict,
} from '@breakwater/circuit'
import { deadlineOf, outcomeOf, retryAfterOf } from '@breakwater/circuit/shared'
import {
  type CircuitBreakerOptions,
  circuitBreakerValidateOptions,
  type GuardingCircuit,
  type MiddyMiddleware,
  type MiddyRequest,
} from './options.ts'
import { cleanUp } from './powertools.ts'
import { rejection } from './rejection.ts'
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
}

/**
 * Guards a whole handler by a circuit. Register it last: it is then right around the handler, and errors of other
 * middlewares do not count.
 *
 * @throws TypeError for a bad option, naming it, its value and what is allowed.
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
    for (const admission of bounded) if (endedEarly(admission)) void close(admission).ignore()
    const chosen = typeof circuit === 'function' ? circuit(request.event, request.context) : circuit
    const deadline = deadlineOf(request.context, marginMs, clock.now())
    let permit: Permit
    try {
      permit = await chosen.acquire({ reentrant: true, ...(deadline !== undefined && { deadline }) })
    } catch (error) {
      if (!isCircuitOpenError(error)) throw error
      const answer = fallback
        ? await fallback(request, error, { circuit: error.circuit, cause: 'rejected', error })
        : rejection(request.event, error)
      if (!fallback && answer === undefined) throw error
      await cleanUp(request)
      // Set, not returned, because a fallback may answer undefined.
      request.earlyResponse = answer as TResult
      return
    }
    const admission: Admission = { circuit: chosen, permit, request, closed: false }
    // Replaced, not changed: under Middy 6 all invocations may share the object.
    request.internal = { ...request.internal, [key]: admission }
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
    const failure = await settle(request, { ok: true, value: request.response })
    if (failure && fallback) request.response = await fallback(request, request.response, failure)
  }

  const circuitBreakerOnError = async (request: Request): Promise<void> => {
    const { error } = request
    const failure = await settle(request, { ok: false, error })
    // A response that is set already comes from another middleware.
    if (!failure || !fallback || request.response !== undefined) return
    const answer = await fallback(request, error, failure)
    // Middy throws the error unless there is a response; Lambda sends undefined as null anyway. Set, not returned,
    // so that the onError of the other middlewares (metrics, CORS headers) still runs.
    request.response = answer === undefined ? null : answer
  }

  /** Settles the permit of the invocation, once; returns the context for the fallback of a failure. */
  async function settle(request: Request, settled: Settled): Promise<FallbackContext | undefined> {
    const admission = (request.internal as Record<symbol, Admission | undefined>)[key]
    if (admission === undefined || admission.closed) return undefined
    const permit = close(admission)
    const verdict = verdictOn(settled, request, admission.circuit)
    const outcome = outcomeOf(verdict)
    // After the deadline the invocation was counted as a hang, and settling changes nothing. The verdict still decides
    // whether the fallback answers.
    if (outcome === 'failure') await permit.fail(retryAfterOf(verdict))
    else await (outcome === 'success' ? permit.succeed() : permit.ignore())
    await admission.overdue
    if (outcome !== 'failure') return undefined
    return { circuit: permit.circuit, cause: 'failed', error: settled.ok ? settled.value : settled.error }
  }

  function verdictOn(settled: Settled, request: Request, guarding: GuardingCircuit): Verdict {
    let verdict: Verdict | undefined
    try {
      verdict = classify?.(settled, request)
    } catch {
      // A classifier that throws is ignored: the caller gets the handler's own result.
    }
    return verdict ?? judge(settled, request.event) ?? guarding.judge(settled)
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
