import { StepError } from './errors.ts'

/** The steps of an order, and their compensations. */
export const steps = ['reserve', 'release', 'charge', 'refund', 'ship', 'unship', 'notify'] as const
export type Step = (typeof steps)[number]

/** One line of an order. */
export interface Item {
  readonly sku: string
  readonly quantity: number
}

/** An order: the fields that are read. Each step reads those it needs. */
export interface Order {
  readonly orderId: string
  /** Required by `reserve`, unless the request has an `item`. */
  readonly items?: readonly Item[]
  /** In the smallest unit of the currency. Required by `charge`, as is `currency`. */
  readonly amount?: number
  /** ISO 4217, such as EUR. */
  readonly currency?: string
  readonly customerId?: string
  /** The destination: ISO 3166, such as PT. @default the shop's own */
  readonly country?: string
}

/** A request to the function. */
export interface StepRequest {
  readonly step: Step
  readonly order: Order
  /** The same step with the same key is done once. @default the order's id and the step */
  readonly idempotencyKey: string
  /** For a step that undoes another one: the key of that step. @default the order's id and that step */
  readonly undoes: string
  /** The item of the order to reserve or release. @default all */
  readonly item?: Item
}

type Check = (value: unknown, field: string) => void
type Fields = Readonly<Record<string, unknown>>

const id = text(/^[\w-]{1,64}$/, '1 to 64 letters, digits, "-" or "_"')
// Long enough for the name of an execution.
const key = text(/^[^\p{Cc}]{1,200}$/u, '1 to 200 characters')

const checks: Readonly<Record<string, Check>> = {
  orderId: id,
  customerId: id,
  items: checkItems,
  amount: whole(1, 99_999_999),
  currency: text(/^[A-Z]{3}$/, 'three capital letters, such as "EUR"'),
  country: text(/^[A-Z]{2}$/, 'two capital letters, such as "PT"'),
}

/** The fields of an order that each step reads, beside its id. */
const orderFields: Readonly<
  Record<Step, { readonly required?: readonly string[]; readonly optional?: readonly string[] }>
> = {
  reserve: { required: ['items'] },
  release: {},
  charge: { required: ['amount', 'currency'], optional: ['customerId'] },
  refund: {},
  ship: { optional: ['country'] },
  unship: {},
  notify: {},
}

/** The step that each compensation undoes. */
const undoneSteps: Partial<Record<Step, Step>> = { release: 'reserve', refund: 'charge', unship: 'ship' }

const requestFields = ['step', 'order', 'idempotencyKey', 'undoes', 'item']

/**
 * Reads a request.
 *
 * @throws StepError `InvalidRequest` that names the field and what is wrong with it.
 */
export function readRequest(event: unknown): StepRequest {
  const request = objectOf(event, 'request')
  // The message is logged: it does not repeat the name.
  if (Object.keys(request).some(field => !requestFields.includes(field)))
    refuse('request', `has another field than ${requestFields.join(', ')}`)
  const { step, idempotencyKey, undoes, item } = request
  if (!isStep(step)) return refuse('step', `must be one of ${steps.join(', ')}`)
  const order = objectOf(request.order, 'order')
  const { required = [], optional = [] } = orderFields[step]
  const needed = ['orderId', ...required.filter(field => field !== 'items' || item === undefined)]
  for (const field of needed) if (order[field] === undefined) refuse(`order.${field}`, 'is required')
  for (const field of [...needed, ...optional])
    if (order[field] !== undefined) checks[field]!(order[field], `order.${field}`)
  for (const [field, value] of Object.entries({ idempotencyKey, undoes }))
    if (value !== undefined) key(value, field)
  if (item !== undefined) checkItem(item, 'item')
  return {
    idempotencyKey: `${order.orderId}:${step}`,
    undoes: `${order.orderId}:${undoneSteps[step] ?? step}`,
    ...request,
  } as unknown as StepRequest
}

function checkItems(value: unknown, field: string): void {
  if (!Array.isArray(value) || value.length === 0 || value.length > 100)
    refuse(field, 'must be a list of 1 to 100')
  for (const [index, item] of (value as unknown[]).entries()) checkItem(item, `${field}[${index}]`)
}

function checkItem(value: unknown, field: string): void {
  const { sku, quantity } = objectOf(value, field)
  id(sku, `${field}.sku`)
  whole(1, 10_000)(quantity, `${field}.quantity`)
}

function isStep(value: unknown): value is Step {
  return steps.includes(value as Step)
}

function text(pattern: RegExp, allowed: string): Check {
  return (value, field) => {
    if (typeof value !== 'string' || !pattern.test(value)) refuse(field, `must be ${allowed}`)
  }
}

function whole(min: number, max: number): Check {
  return (value, field) => {
    const good = Number.isInteger(value) && (value as number) >= min && (value as number) <= max
    if (!good) refuse(field, `must be a whole number from ${min} to ${max}`)
  }
}

function objectOf(value: unknown, field: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  return refuse(field, 'must be an object')
}

function refuse(field: string, problem: string): never {
  throw new StepError('InvalidRequest', `${field} ${problem}`)
}
