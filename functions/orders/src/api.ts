import type { Circuit } from '@breakwater/circuit'
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda'
import { type OrderDependencies, takeOrder } from './orders.ts'
import { ProviderError } from './payments.ts'
import { type Problem, readJson, unknownField, validateOrder } from './validate.ts'

/** The results of a request; each is the name of a metric. */
export type Result =
  | 'OrderCharged'
  | 'OrderPending'
  | 'OrderInvalid'
  | 'OrderRefused'
  | 'Health'
  | 'NoRoute'
  | 'Error'

/** The dependencies of the API. */
export interface ApiDependencies extends OrderDependencies {
  readonly circuit: Pick<Circuit, 'run' | 'status'>
  /** Called once for each request, with its result. */
  readonly record: (result: Result, details: Readonly<Record<string, unknown>>) => void
}

/** A request: the fields that are read. */
export type ApiRequest = Pick<APIGatewayProxyEvent, 'httpMethod' | 'path' | 'body' | 'isBase64Encoded'>

type Route = (
  request: ApiRequest,
  dependencies: ApiDependencies,
  deadline: number,
) => Promise<APIGatewayProxyResult>

const routes: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  '/orders': { POST: postOrder },
  '/health': { GET: getHealth },
}

/**
 * Answers a request of a REST API. Never rejects: an unexpected error becomes a 500.
 *
 * @param deadline the time by which there must be an answer, in epoch ms.
 */
export async function answer(
  request: ApiRequest,
  dependencies: ApiDependencies,
  deadline: number,
): Promise<APIGatewayProxyResult> {
  try {
    const path = request.path.replace(/\/$/, '')
    const methods = Object.hasOwn(routes, path) ? routes[path] : undefined
    const route =
      methods && Object.hasOwn(methods, request.httpMethod) ? methods[request.httpMethod] : undefined
    if (methods === undefined || route === undefined) return noRoute(dependencies, methods)
    return await route(request, dependencies, deadline)
  } catch (error) {
    dependencies.record('Error', { error })
    return json(500, { error: 'InternalError', message: 'Something went wrong; it was logged' })
  }
}

async function postOrder(
  request: ApiRequest,
  dependencies: ApiDependencies,
  deadline: number,
): Promise<APIGatewayProxyResult> {
  const body = readJson(request)
  if ('problem' in body) return invalid(dependencies, [{ field: '', problem: body.problem }])
  const checked = validateOrder(body.value)
  if ('problems' in checked) return invalid(dependencies, checked.problems)
  const { orderId } = checked.order
  try {
    const receipt = await takeOrder(checked.order, dependencies, deadline)
    const charged = receipt.status === 'charged'
    dependencies.record(charged ? 'OrderCharged' : 'OrderPending', { orderId, receipt })
    return json(charged ? 201 : 202, { orderId, receipt })
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    dependencies.record('OrderRefused', { orderId, status: error.status })
    if (error.status === 402)
      return json(402, { error: 'PaymentDeclined', message: 'The payment was declined', orderId })
    // Any other refusal is caused by this function's request, not by the caller.
    return json(502, { error: 'PaymentRefused', message: 'The payment could not be made', orderId })
  }
}

/**
 * Answers with this environment's view of the circuit. Sends no request, so it never hangs. Anybody may ask, so the
 * circuit itself is for the log.
 */
async function getHealth(
  _: ApiRequest,
  { circuit, record }: ApiDependencies,
): Promise<APIGatewayProxyResult> {
  const { circuit: name, state, scope, since, reason, retryAt, store } = circuit.status()
  const status = state === 'CLOSED' && !scope ? 'ok' : 'degraded'
  record('Health', { status, circuit: { name, state, scope, since, reason, retryAt, store } })
  // 200 even if degraded: orders are taken while the circuit is open, so load balancers should keep sending them.
  return json(200, { status })
}

function noRoute(dependencies: ApiDependencies, methods: object | undefined): APIGatewayProxyResult {
  dependencies.record('NoRoute', {})
  if (methods === undefined) return json(404, { error: 'NotFound', message: 'There are /orders and /health' })
  const allow = Object.keys(methods).join(', ')
  return json(405, { error: 'MethodNotAllowed', message: `Allowed is ${allow}` }, { Allow: allow })
}

function invalid(dependencies: ApiDependencies, problems: readonly Problem[]): APIGatewayProxyResult {
  // A caller may name a field anything, and it may be data that went astray.
  const known = problems.filter(({ problem }) => problem !== unknownField)
  dependencies.record('OrderInvalid', { problems: known, unknownFields: problems.length - known.length })
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
