/** What the guard needs to know of the SDK's middleware stack; the SDK's own types would tie the package to it. */
export interface Arguments {
  readonly input: object
  readonly request?: object
}

export interface Result {
  readonly output: object
  readonly response: unknown
}

/** Of one command; where a client caches its middleware, of all commands of that kind. */
export interface CommandContext {
  readonly clientName?: string
  readonly commandName?: string
}

export type Handler = (args: Arguments) => Promise<Result>
export type Middleware = (next: Handler, context: CommandContext) => Handler

/** An SDK client as the guard sees it. */
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
