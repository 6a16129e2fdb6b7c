// The reader's own code, which the snippets of the documentation assume.
declare interface Order {
  readonly id: string
}
declare const order: Order
declare function charge(order: Order, options: { signal: AbortSignal }): Promise<{ status: string }>
declare function handleOrder(event: unknown): Promise<unknown>
declare const url: URL
declare const lastGoodHits: Response
declare const legacyClient: { call(): Promise<string> }
declare const tenantId: string
declare function callTheirEndpoint(): Promise<string>
declare class UserLocked extends Error {}
declare const payments: import('@breakwater/circuit').Circuit
declare const users: import('@breakwater/circuit').Circuit
declare const logger: import('@aws-lambda-powertools/logger').Logger
declare const metrics: import('@aws-lambda-powertools/metrics').Metrics
declare const injectLambdaContext: typeof import('@aws-lambda-powertools/logger/middleware').injectLambdaContext
declare const logMetrics: typeof import('@aws-lambda-powertools/metrics/middleware').logMetrics
type SQSEvent = import('aws-lambda').SQSEvent
type Context = import('aws-lambda').Context
