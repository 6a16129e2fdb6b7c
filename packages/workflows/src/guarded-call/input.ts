import type { ChoiceRule } from '../definition.ts'
import { matches, type PayloadSchema } from './payload-schema.ts'
import { type CallTarget, defaultTimeoutSeconds, isFunction, placeholdersOf } from './targets.ts'

const fields = ['target', 'payload', 'timeoutSeconds']

const input = '$states.input'
/** JSONata for the payload of an input. A path would make a value of a list with one item. */
export const payload = `$exists(${input}.payload) ? $lookup(${input}, 'payload') : {}`
const list = (values: readonly string[]) => `[${values.map(value => `'${value}'`).join(', ')}]`
const unknown = `$keys(${input})[$not($ in ${list(fields)})]`

interface Check {
  /** Name of the bad field; a text or an expression. */
  readonly field: string
  readonly allowed: string
  /** JSONata that is true where the field is bad. Earlier checks have passed. */
  readonly bad: string
}

function inputChecks(targets: readonly string[]): readonly Check[] {
  return [
    { field: 'input', allowed: 'an object', bad: `$not($type(${input}) = 'object')` },
    { field: `{% ${unknown}[0] %}`, allowed: fields.join(', '), bad: `$exists(${unknown})` },
    { field: 'target', allowed: targets.join(', '), bad: `$not(${input}.target in ${list(targets)})` },
  ]
}

/** What is wrong with the input of a target, all of whose earlier checks have passed. */
function targetChecks(name: string, target: CallTarget): readonly Check[] {
  const { payload: schema = { type: 'object' }, timeoutSeconds = defaultTimeoutSeconds } = target
  const named = isFunction(target) ? [] : placeholdersOf(target.url)
  const seconds = `${input}.timeoutSeconds`
  const inRange = `${seconds} >= 1 and ${seconds} <= ${timeoutSeconds} and $floor(${seconds}) = ${seconds}`
  return [
    {
      field: 'timeoutSeconds',
      allowed: `a whole number from 1 to ${timeoutSeconds}`,
      bad: `$exists(${seconds}) ? $not($type(${seconds}) = 'number' ? (${inRange}) : false) : false`,
    },
    {
      field: 'payload',
      allowed: `what the schema of ${name} says: ${shown(schema)}`,
      bad: `$not(${matches(schema, `(${payload})`)})`,
    },
    ...named.map(part => ({
      field: `payload.${part}`,
      allowed: 'a number or a text, which is a part of the address and not . or ..',
      bad: `$type(${input}.payload) = 'object' ? $not(${isSegment(`$lookup(${input}.payload, '${part}')`)}) : true`,
    })),
  ]
}

/** Whether a value may be a segment of a path: a client takes . and .. for other places. */
function isSegment(value: string): string {
  return `($type(${value}) = 'number' ? true : $type(${value}) = 'string' ? $not(${value} in ['', '.', '..']) : false)`
}

/** The longest text of a schema in a message: a state's definition holds it. */
const maxSchemaLength = 400

/** A schema in a message, where quotes would end the text of the expression. */
function shown(schema: PayloadSchema): string {
  const text = JSON.stringify(schema)
  return text.length <= maxSchemaLength ? text : `${text.slice(0, maxSchemaLength)}…`
}

/** One rule for each fault of an input, which leaves `{ field, message }` in `$problem`. */
export function inputRules(
  next: string,
  targets: Readonly<Record<string, CallTarget>>,
): readonly ChoiceRule[] {
  return [
    ...inputChecks(Object.keys(targets)).map(check => ruleOf(check, next)),
    ...Object.entries(targets).flatMap(([name, target]) =>
      targetChecks(name, target).map(({ bad, ...check }) =>
        ruleOf({ ...check, bad: `${input}.target = '${name}' ? (${bad}) : false` }, next),
      ),
    ),
  ]
}

function ruleOf({ field, allowed, bad }: Check, next: string): ChoiceRule {
  const named = field.startsWith('{%') ? `(${field.slice(2, -2).trim()})` : JSON.stringify(field)
  const message = `{% ${named} & ${JSON.stringify(`: allowed is ${allowed}`)} %}`
  return { Condition: `{% ${bad} %}`, Assign: { problem: { field, message } }, Next: next }
}
