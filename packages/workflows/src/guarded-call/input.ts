import type { ChoiceRule } from '../definition.ts'

/** Max duration of an EXPRESS execution, in seconds. */
export const maxTimeoutSeconds = 300

const fields = 'circuit functionArn payload http fallback timeoutSeconds'.split(' ')
const httpFields = 'apiEndpoint method connectionArn body headers queryParameters'.split(' ')
const methods = 'GET POST PUT PATCH DELETE HEAD OPTIONS'.split(' ')

const input = '$states.input'
const list = (values: readonly string[]) => `[${values.map(value => `'${value}'`).join(', ')}]`

/** Safe for a value of any type: JSONata may evaluate both sides of an `and`. */
const isText = (value: string, test: string) => `($type(${value}) = 'string' ? ${test} : false)`
const matches = (value: string, pattern: string) => isText(value, `$contains(${value}, /${pattern}/)`)
const isObject = (value: string) => `$type(${value}) = 'object'`
const unknown = (value: string, names: readonly string[]) => `$keys(${value})[$not($ in ${list(names)})]`
const unless = (value: string, good: string) => `$exists(${value}) and $not(${good})`

interface Check {
  /** Name of the bad field; a text or an expression. */
  readonly field: string
  readonly allowed: string
  /** JSONata that is true where the field is bad. Earlier checks have passed. */
  readonly bad: string
}

const http = `${input}.http`
const hasHttp = `$exists(${http})`

const checks: readonly Check[] = [
  { field: 'input', allowed: 'an object', bad: `$not(${isObject(input)})` },
  {
    field: `{% ${unknown(input, fields)}[0] %}`,
    allowed: `${fields.join(', ')}`,
    bad: `$exists(${unknown(input, fields)})`,
  },
  {
    field: 'circuit',
    allowed: 'a text of 1 to 256 characters',
    bad: `$not(${isText(`${input}.circuit`, `$length(${input}.circuit) > 0 and $length(${input}.circuit) <= 256`)})`,
  },
  {
    field: 'functionArn',
    allowed: 'the ARN of a Lambda function, or http in its place',
    bad: `$exists(${input}.functionArn) = ${hasHttp}`,
  },
  {
    field: 'functionArn',
    allowed: 'the ARN of a Lambda function',
    bad: unless(
      `${input}.functionArn`,
      matches(`${input}.functionArn`, '^arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[^:]+(:[^:]+)?$'),
    ),
  },
  { field: 'http', allowed: 'an object', bad: unless(http, isObject(http)) },
  {
    field: `{% 'http.' & ${unknown(http, httpFields)}[0] %}`,
    allowed: httpFields.map(name => `http.${name}`).join(', '),
    bad: `$exists(${unknown(http, httpFields)})`,
  },
  {
    field: 'http.apiEndpoint',
    allowed: 'an https URL',
    bad: `${hasHttp} and $not(${matches(`${http}.apiEndpoint`, '^https:..[^ ]+$')})`,
  },
  {
    field: 'http.method',
    allowed: methods.join(', '),
    bad: `${hasHttp} and $not(${http}.method in ${list(methods)})`,
  },
  {
    field: 'http.connectionArn',
    allowed: 'the ARN of an EventBridge connection',
    bad: `${hasHttp} and $not(${matches(`${http}.connectionArn`, '^arn:[a-z-]+:events:[a-z0-9-]+:[0-9]{12}:connection.[^ ]+$')})`,
  },
  ...['headers', 'queryParameters'].map(name => ({
    field: `http.${name}`,
    allowed: 'an object',
    bad: unless(`${http}.${name}`, isObject(`${http}.${name}`)),
  })),
  {
    field: 'timeoutSeconds',
    allowed: `a whole number from 1 to ${maxTimeoutSeconds}`,
    bad: unless(
      `${input}.timeoutSeconds`,
      `($type(${input}.timeoutSeconds) = 'number' ? (${input}.timeoutSeconds >= 1 and ` +
        `${input}.timeoutSeconds <= ${maxTimeoutSeconds} and $floor(${input}.timeoutSeconds) = ${input}.timeoutSeconds) : false)`,
    ),
  },
]

/** A misspelt circuit would be a new one, which never opens. */
const isListed = (circuits: readonly string[]): Check => ({
  field: 'circuit',
  allowed: circuits.join(', '),
  bad: `$not(${input}.circuit in ${JSON.stringify(circuits)})`,
})

/** One rule for each fault of an input, which leaves `{ field, message }` in `$problem`. */
export function inputRules(next: string, circuits?: readonly string[]): readonly ChoiceRule[] {
  const all = circuits ? [...checks, isListed(circuits)] : checks
  return all.map(({ field, allowed, bad }) => ({
    Condition: `{% ${bad} %}`,
    Assign: { problem: { field, message: messageOf(field, allowed) } },
    Next: next,
  }))
}

function messageOf(field: string, allowed: string): string {
  if (!field.startsWith('{%')) return `${field}: allowed is ${allowed}`
  return `{% (${field.slice(2, -2).trim()}) & ': allowed is ${allowed}' %}`
}
