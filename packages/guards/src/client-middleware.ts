/** The arguments of a middleware. These types describe the SDK's stack without importing it, which would make the SDK a dependency. */
export interface Arguments {
  readonly input: object
  readonly request?: object
}

export interface Result {
  readonly output: object
  readonly response: unknown
}

/** The context of one command; of all commands of that kind where a client caches its middleware. */
export interface CommandContext {
  readonly clientName?: string
  readonly commandName?: string
}

export type Handler = (args: Arguments) => Promise<Result>
export type Middleware = (next: Handler, context: CommandContext) => Handler

/** The part of an SDK client that the guard uses. */
export interface StackedClient {
  readonly middlewareStack: {
    add(middleware: Middleware, options: object): void
    addRelativeTo(middleware: Middleware, options: object): void
  }
  readonly config?: { readonly serviceId?: string; readonly requestHandler?: RequestHandler }
}

export interface RequestHandler {
  handle(request: object, options?: { readonly abortSignal?: unknown }): Promise<unknown>
}

/**
 * How the signal of a run reaches the request handler: up to the innermost middleware it travels with the arguments,
 * which every middleware spreads, and from there on by the request object. Not by an AsyncLocalStorage: work that a call
 * starts for other calls too, such as fetching credentials, must not be aborted with that call.
 */
const key = Symbol('breakwater.signals')
const signals = new WeakMap<object, readonly AbortSignal[]>()
const wrapped = new WeakSet<RequestHandler>()

/** Kept by context, not with the arguments: a foreign middleware that drops those must not make every error look as if nothing was sent. */
const requestCounts = new WeakMap<CommandContext, number>()

/** How many requests the command has sent so far. */
export function requestsOf(context: CommandContext): number {
  return requestCounts.get(context) ?? 0
}

/** The arguments with one more signal that aborts their request. */
export function withSignal(args: Arguments, signal: AbortSignal): Arguments {
  return { ...args, [key]: [...signalsOf(args), signal] } as Arguments
}

function signalsOf(args: Arguments): readonly AbortSignal[] {
  return (args as { [key]?: readonly AbortSignal[] })[key] ?? []
}

/** The innermost middleware: the request that it sees is the one that is sent. */
export const signalMiddleware: Middleware = (next, context) => args => {
  requestCounts.set(context, requestsOf(context) + 1)
  if (args.request) signals.set(args.request, signalsOf(args))
  return next(args)
}

/** Wraps a request handler, once, so that it follows the signals of guarded requests beside the caller's; other requests pass unchanged. */
export function wrapHandler(handler: RequestHandler | undefined): void {
  if (typeof handler?.handle !== 'function' || wrapped.has(handler)) return
  wrapped.add(handler)
  const { handle } = handler
  function handleWithSignals(
    this: RequestHandler,
    request: object,
    options?: { readonly abortSignal?: unknown },
  ) {
    return handle.call(this, request, withSignals(signals.get(request) ?? [], options))
  }
  // Not an assignment, which throws where the handler is frozen; a time limit ends the wait all the same.
  Reflect.set(handler, 'handle', handleWithSignals)
}

function withSignals(own: readonly AbortSignal[], options: { readonly abortSignal?: unknown } | undefined) {
  const caller = options?.abortSignal
  // The SDK accepts objects that only look like an AbortSignal. They cannot be combined, so the caller's is used alone.
  if (own.length === 0 || (caller && !(caller instanceof AbortSignal))) return options
  const all = caller instanceof AbortSignal ? [caller, ...own] : [...own]
  // The SDK follows the signal while the body is read, so the caller's abort still ends a stream.
  return { ...options, abortSignal: all.length === 1 ? all[0] : AbortSignal.any(all) }
}
