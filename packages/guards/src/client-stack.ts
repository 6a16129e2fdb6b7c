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
