import type { Arguments, CommandContext, Middleware, RequestHandler } from './client-stack.ts'

/**
 * How a run's signal reaches the request handler: along with the arguments of the middlewares, each of which spreads
 * them, and from the innermost one on by the request object. Not by an AsyncLocalStorage: what a call merely starts,
 * such as fetching credentials that other calls wait for too, must not end with it.
 */
const key = Symbol('breakwater.signals')
const signals = new WeakMap<object, readonly AbortSignal[]>()
const adopted = new WeakSet<RequestHandler>()

/** Counted by context, and not along with the arguments: a foreign middleware that drops those must not make every error look unsent. */
const sent = new WeakMap<CommandContext, number>()

/** How many requests the command has sent so far. */
export function requestsOf(context: CommandContext): number {
  return sent.get(context) ?? 0
}

/** The arguments with one more signal that ends the request to come of them. */
export function withSignal(args: Arguments, signal: AbortSignal): Arguments {
  return { ...args, [key]: [...signalsOf(args), signal] } as Arguments
}

function signalsOf(args: Arguments): readonly AbortSignal[] {
  return (args as { [key]?: readonly AbortSignal[] })[key] ?? []
}

/** The innermost middleware: the request it sees is the one that is sent. */
export const signalMiddleware: Middleware = (next, context) => args => {
  sent.set(context, requestsOf(context) + 1)
  if (args.request) signals.set(args.request, signalsOf(args))
  return next(args)
}

/** Makes a request handler heed the signals of its requests, beside the caller's. Once; other requests pass unchanged. */
export function adopt(handler: RequestHandler | undefined): void {
  if (typeof handler?.handle !== 'function' || adopted.has(handler)) return
  adopted.add(handler)
  const { handle } = handler
  function heeding(this: RequestHandler, request: object, options?: { readonly abortSignal?: unknown }) {
    return handle.call(this, request, heed(signals.get(request) ?? [], options))
  }
  // Not an assignment, which throws where the handler is frozen; a time limit ends the wait all the same.
  Reflect.set(handler, 'handle', heeding)
}

function heed(own: readonly AbortSignal[], options: { readonly abortSignal?: unknown } | undefined) {
  const caller = options?.abortSignal
  // The SDK takes look-alikes too. Those cannot be combined, and the caller's comes first.
  if (own.length === 0 || (caller && !(caller instanceof AbortSignal))) return options
  const all = caller instanceof AbortSignal ? [caller, ...own] : [...own]
  // Followed by the SDK for as long as the body is read, so the caller's abort still ends a stream.
  return { ...options, abortSignal: all.length === 1 ? all[0] : AbortSignal.any(all) }
}
