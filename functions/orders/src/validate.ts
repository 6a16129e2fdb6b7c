import type { APIGatewayProxyEvent } from 'aws-lambda'

/** An order that can be charged. */
export interface Order {
  /** Chosen by the caller and never used twice: it is the idempotency key of the charge. */
  readonly orderId: string
  /** Absent when a guest orders. */
  readonly customerId?: string
  /** In the smallest unit of the currency: cents. */
  readonly amount: number
  /** ISO 4217, such as EUR. */
  readonly currency: string
  readonly items?: readonly OrderItem[]
}

/** One line of an order. */
export interface OrderItem {
  readonly sku: string
  readonly quantity: number
}

/** A problem with one field; `field` is '' for the order itself. */
export interface Problem {
  readonly field: string
  readonly problem: string
}

/** The problem of a field without a rule, whose name is the caller's. */
export const unknownField = 'is not known'

type Check = (value: unknown, field: string) => Problem[]

interface Rule {
  readonly check: Check
  readonly required: boolean
}

const id = text(/^[\w-]{1,64}$/, '1 to 64 letters, digits, "-" or "_"')

const itemRules: Readonly<Record<string, Rule>> = {
  sku: { check: id, required: true },
  quantity: { check: whole(1, 10_000), required: true },
}

const orderRules: Readonly<Record<string, Rule>> = {
  orderId: { check: id, required: true },
  customerId: { check: id, required: false },
  amount: { check: whole(1, 99_999_999), required: true },
  currency: { check: text(/^[A-Z]{3}$/, 'three capital letters, such as "EUR"'), required: true },
  items: { check: list(100, (value, field) => checkObject(value, field, itemRules)), required: false },
}

/** The maximum size of a body, in bytes. */
const maxBytes = 16_384

/** The parsed JSON body of a request, or what is wrong with it. */
export function readJson(
  event: Pick<APIGatewayProxyEvent, 'body' | 'isBase64Encoded'>,
): { readonly value: unknown } | { readonly problem: string } {
  if (!event.body) return { problem: 'must be JSON; it is empty' }
  const bytes = Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8')
  if (bytes.length > maxBytes) return { problem: `must be at most ${maxBytes} bytes long` }
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) }
  } catch {
    return { problem: 'must be JSON in UTF-8' }
  }
}

/**
 * Checks a parsed body. Returns the order, or all of its problems.
 *
 * @example
 * validateOrder({ orderId: 'a1', amount: 4200, currency: 'EUR' })
 */
export function validateOrder(body: unknown): { readonly order: Order } | { readonly problems: Problem[] } {
  const problems = checkObject(body, '', orderRules)
  return problems.length > 0 ? { problems } : { order: body as Order }
}

/** Every field must have a rule: an unknown field (`__proto__` included) is refused. */
function checkObject(value: unknown, at: string, rules: Readonly<Record<string, Rule>>): Problem[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [{ field: at, problem: 'must be an object' }]
  }
  const given = value as Record<string, unknown>
  const prefix = at === '' ? '' : `${at}.`
  const problems = Object.entries(rules).flatMap(([name, { check, required }]) => {
    if (Object.hasOwn(given, name)) return check(given[name], prefix + name)
    return required ? [{ field: prefix + name, problem: 'is required' }] : []
  })
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(rules, name))
      problems.push({ field: prefix + name.slice(0, 64), problem: unknownField })
  }
  return problems
}

function text(pattern: RegExp, allowed: string): Check {
  return (value, field) =>
    typeof value === 'string' && pattern.test(value) ? [] : [{ field, problem: `must be ${allowed}` }]
}

function whole(min: number, max: number): Check {
  return (value, field) => {
    const good = Number.isInteger(value) && (value as number) >= min && (value as number) <= max
    return good ? [] : [{ field, problem: `must be a whole number from ${min} to ${max}` }]
  }
}

function list(max: number, check: Check): Check {
  return (value, field) => {
    if (!Array.isArray(value) || value.length === 0 || value.length > max) {
      return [{ field, problem: `must be a list of 1 to ${max}` }]
    }
    return value.flatMap((entry, index) => check(entry, `${field}[${index}]`))
  }
}
