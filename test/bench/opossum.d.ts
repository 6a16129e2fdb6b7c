declare module 'opossum' {
  /** The members that are used here. */
  export default class CircuitBreaker<T> {
    constructor(
      action: () => Promise<T>,
      options?: {
        readonly timeout?: number | false
        readonly resetTimeout?: number
        readonly errorThresholdPercentage?: number
        readonly rollingCountTimeout?: number
      },
    )
    readonly opened: boolean
    fire(): Promise<T>
    fallback(answer: (error: unknown) => unknown): this
    on(
      event: 'success' | 'failure' | 'timeout' | 'reject' | 'open' | 'halfOpen' | 'close',
      listener: () => void,
    ): this
    shutdown(): void
  }
}
