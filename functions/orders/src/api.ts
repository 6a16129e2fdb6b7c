import type { Circuit } from '@breakwater/circuit'
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda'
import { readJson } from './body.ts'
import { type OrderDesk, takeOrder } from './orders.ts'
import { ProviderError } from './payments.ts'
import { type Problem, validateOrder } from './validate.ts'

/** What can become of a request; each is a metric. */
export type Result =
  | 'OrderCharged'
  | 'OrderPending'
  | 'OrderInvalid'
  | 'OrderRefused'
  | 'Health'
  | 'NoRoute'
  | 'Error'

/** What the API needs. */
export interface ApiParts extends OrderDesk {
  readonly circuit: Pick<Circuit, 'run' | 'status'>
  /** Told what became of each request, once. */
  readonly record: (result: Result, details: Readonly<Record<string, unknown>>) => void
}

/** A request, as far as it is read. */
export type ApiRequest = Pick<APIGatewayProxyEvent, 'httpMethod' | 'path' | 'body' | 'isBase64Encoded'>

type Route = (request: ApiRequest, parts: ApiParts, deadline: number) => Promise<APIGatewayProxyResult>

const routes: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  '/orders': { POST: postOrder },
  '/health': { GET: getHealth },
}

/**
 * Answers a request of a REST API. Never rejects: whatever happens, the answer says so.
 *
 * @param deadline by when there must be an answer, in epoch ms.
 */
export async function answer(
  request: ApiRequest,
  parts: ApiParts,
  deadline: number,
): Promise<APIGatewayProxyResult> {
  try {
    const path = request.path.replace(/\/$/, '')
    const methods = Object.hasOwn(routes, path) ? routes[path] : undefined
    const route =
      methods && Object.hasOwn(methods, request.httpMethod) ? methods[request.httpMethod] : undefined
    if (methods === undefined || route === undefined) return noRoute(parts, methods)
    return await route(request, parts, deadline)
  } catch (error) {
    parts.record('Error', { error })
    return json(500, { error: 'InternalError', message: 'Something went wrong; it was logged' })
  }
}

async function postOrder(
  request: ApiRequest,
  parts: ApiParts,
  deadline: number,
): Promise<APIGatewayProxyResult> {
  const body = readJson(request)
  if ('problem' in body) return invalid(parts, [{ field: '', problem: body.problem }])
  const checked = validateOrder(body.value)
  if ('problems' in checked) return invalid(parts, checked.problems)
  const { orderId } = checked.order
  try {
    const receipt = await takeOrder(checked.order, parts, deadline)
    const charged = receipt.status === 'charged'
    parts.record(charged ? 'OrderCharged' : 'OrderPending', { orderId, receipt })
    return json(charged ? 201 : 202, { orderId, receipt })
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    parts.record('OrderRefused', { orderId, status: error.status })
    if (error.status === 402)
      return json(402, { error: 'PaymentDeclined', message: 'The payment was declined', orderId })
    // Any other refusal means that we asked wrongly: our fault, not the caller's.
    return json(502, { error: 'PaymentRefused', message: 'The payment could not be made', orderId })
  }
}

/** Says what this environment knows of the circuit. Sends no request, so it never hangs. */
async function getHealth(_: ApiRequest, { circuit, record }: ApiParts): Promise<APIGatewayProxyResult> {
  const { circuit: name, state, since, reason, retryAt, shedding, store } = circuit.status()
  const status = state === 'CLOSED' && !shedding ? 'ok' : 'degraded'
  record('Health', { status })
  // Degraded is not down: orders are taken while the circuit is open, so no load balancer should turn away.
  return json(200, { status, circuit: { name, state, since, reason, retryAt, shedding, store } })
}

function noRoute(parts: ApiParts, methods: object | undefined): APIGatewayProxyResult {
  parts.record('NoRoute', {})
  if (methods === undefined) return json(404, { error: 'NotFound', message: 'There are /orders and /health' })
  const allow = Object.keys(methods).join(', ')
  return json(405, { error: 'MethodNotAllowed', message: `Allowed is ${allow}` }, { Allow: allow })
}

function invalid(parts: ApiParts, problems: readonly Problem[]): APIGatewayProxyResult {
  parts.record('OrderInvalid', { problems })
  return json(400, { error: 'InvalidOrder', message: 'The order cannot be taken as it is', problems })
}

function json(
  statusCode: number,
  body: unknown,
  headers: Record<string, string> = {},
): APIGatewayProxyResult {
  return {
    statusCode,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers },
    body: JSON.stringify(body),
  }
}
