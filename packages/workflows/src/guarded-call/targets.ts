import type { Policy } from '@breakwater/circuit'
import {
  anObject,
  type Checks,
  checkOptions,
  circuitName,
  invalid,
  oneOf,
  required,
  textLike,
  wholeNumber,
} from '@breakwater/circuit/shared'
import { isExpression, type Json } from '../definition.ts'
import { checkSchema, type PayloadSchema } from './payload-schema.ts'

/** What every target has. */
export interface CommonTarget {
  /** Name of the circuit that guards its calls. */
  readonly circuit: string
  /** The circuit's policy, the same as the gate function has. @default that of the workflow */
  readonly policy?: Policy
  /** JSON schema of the payload that a caller may give. @default any object */
  readonly payload?: PayloadSchema
  /** Time limit of one attempt, in seconds; a caller may ask for less. @default 10 */
  readonly timeoutSeconds?: number
  /**
   * What is answered in place of a call that is rejected or fails: a value, or an expression over the input
   * (`{% {'status': 'pending', 'id': $states.input.payload.id} %}`). @default none: the execution fails
   */
  readonly fallback?: Json
}

/** A Lambda function that callers may call. */
export interface FunctionTarget extends CommonTarget {
  /** ARN of the function, of a version or of an alias; may be a CDK token or a `${Placeholder}`. */
  readonly functionArn: string
  /**
   * The event it gets; a value, or an expression over the input: `{% $merge([$states.input.payload, {'step': 'charge'}]) %}`
   * lets callers have that step done, and no other. @default the payload
   */
  readonly event?: Json
}

/** An HTTPS endpoint that callers may call. */
export interface EndpointTarget extends CommonTarget {
  /** ARN of the EventBridge connection that authorises the calls; may be a CDK token or a `${Placeholder}`. */
  readonly connectionArn: string
  readonly method: HttpMethod
  /**
   * The address: https, without a query. `{name}` in its path stands for a text or number of the payload, encoded so that
   * it stays one segment: `https://api.example.com/orders/{orderId}`.
   */
  readonly url: string
  /** The body; a value, or an expression over the input. @default the payload, for POST, PUT and PATCH */
  readonly body?: Json
  /** Headers, the same. @default none */
  readonly headers?: Json
  /** Query parameters, the same. @default none */
  readonly queryParameters?: Json
}

/** What a caller may call by its name, and how. */
export type CallTarget = FunctionTarget | EndpointTarget

/** Methods of HTTP that Step Functions sends. */
export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS'
const methods: readonly HttpMethod[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']

/** Max duration of an EXPRESS execution, in seconds. */
export const maxTimeoutSeconds = 300

/** Time limit of one attempt where a target has none of its own, in seconds. */
export const defaultTimeoutSeconds = 10

const owner = 'guardedCall'
const text = textLike(/./, 'a text')
const anything = { allowed: 'a value of JSON', good: () => true }
const common: Checks<CommonTarget> = {
  circuit: required(circuitName),
  policy: anObject,
  payload: anObject,
  timeoutSeconds: wholeNumber(1, maxTimeoutSeconds),
  fallback: anything,
}
const objectOrExpression = {
  allowed: 'an object, or an expression',
  good: (value: unknown) => anObject.good(value) || (typeof value === 'string' && isExpression(value)),
}
const checksOf = {
  function: { ...common, functionArn: required(text), event: anything } satisfies Checks<FunctionTarget>,
  endpoint: {
    ...common,
    connectionArn: required(text),
    method: required(oneOf(...methods)),
    url: required({
      allowed: 'an https URL without user, query and fragment, with {name} only in its path',
      good: value => typeof value === 'string' && isUrl(value),
    }),
    body: anything,
    headers: objectOrExpression,
    queryParameters: objectOrExpression,
  } satisfies Checks<EndpointTarget>,
}

const targetName = /^[A-Za-z][\w-]{0,39}$/

/** What stands for a part of the payload in a URL. `${…}` is a token of the CDK, or a placeholder of a template. */
const placeholder = /(?<!\$)\{(\w+)\}/g

/** The names that stand in a URL for parts of the payload. */
export function placeholdersOf(url: string): readonly string[] {
  return [...new Set(Array.from(url.matchAll(placeholder), match => match[1]!))]
}

/** Replaces the parts of a URL that stand for parts of the payload; `literal` gets what stands between them. */
export function fillIn<T>(
  url: string,
  literal: (text: string) => T,
  part: (name: string) => T,
): readonly T[] {
  return url.split(placeholder).flatMap((text, index) => {
    if (index % 2 === 1) return [part(text)]
    return text === '' ? [] : [literal(text)]
  })
}

function isUrl(text: string): boolean {
  // A token may be the whole address.
  if (text.startsWith('${')) return !/[\s?#]/.test(text)
  const [, host] = /^https:\/\/([^/?#\s\\@]+)(\/[^?#\s\\]*)?$/.exec(text) ?? []
  return host !== undefined && placeholdersOf(host).length === 0 && !/[*"'<>]/.test(text)
}

/**
 * Checks targets.
 *
 * @param limitSeconds the time limit of an execution, which no attempt can outlast.
 * @throws TypeError naming the target, the option, its value and what is allowed.
 */
export function checkTargets(
  targets: Readonly<Record<string, CallTarget>>,
  gate: string,
  limitSeconds: number,
): void {
  const names = Object.keys(targets)
  if (names.length === 0) throw invalid(`${owner}: targets`, targets, 'at least one target, by its name')
  for (const [name, target] of Object.entries(targets)) {
    const where = `${owner}: targets.${name.slice(0, 64)}`
    if (!targetName.test(name)) {
      throw invalid(`${owner}: targets`, name, 'a name of 1 to 40 letters, digits, _ and -, a letter first')
    }
    if (!anObject.good(target)) throw invalid(where, target, 'an object')
    if (isFunction(target)) checkOptions(where, target, checksOf.function)
    else checkOptions(where, target, checksOf.endpoint)
    const { payload, timeoutSeconds = defaultTimeoutSeconds } = target
    if (payload !== undefined) checkSchema(`${where}.payload`, payload)
    if (timeoutSeconds > limitSeconds) {
      const allowed = `at most the ${limitSeconds} s that an execution may take`
      throw invalid(`${where}.timeoutSeconds`, timeoutSeconds, allowed)
    }
    // Its outcomes are believed, so that whoever reaches it opens and closes circuits.
    if (isFunction(target) && isSameFunction(target.functionArn, gate)) {
      throw invalid(`${where}.functionArn`, target.functionArn, 'any function but the gate')
    }
  }
}

/** Whether a target is a function. */
export function isFunction(target: CallTarget): target is FunctionTarget {
  return 'functionArn' in target
}

/** Whether an ARN is that of a function, or of one of its versions. */
function isSameFunction(arn: string, gate: string): boolean {
  const plain = (text: string) => text.replace(/^(arn:[^:]*:lambda:(?:[^:]*:){3}[^:]+):[^:]+$/, '$1')
  return plain(arn) === plain(gate)
}
