import { invalid } from '@breakwater/circuit/shared'
import type { BusEvent } from '../aws/event.ts'
import { checkProperties, textOf } from '../aws/properties.ts'

/** Values for a target's input beside the event. */
export interface InputContext {
  readonly ruleArn: string
  readonly ruleName: string
  /** When the bus got the event, epoch ms. */
  readonly ingestedAt: number
}

/** Makes the text a target gets. */
export type InputOf = (event: BusEvent, context: InputContext) => string

type Value = (event: BusEvent, context: InputContext) => unknown

/** Names that a template may use without declaring them. */
const predefined: Record<string, Value> = {
  'aws.events.rule-arn': (_, { ruleArn }) => ruleArn,
  'aws.events.rule-name': (_, { ruleName }) => ruleName,
  'aws.events.event.ingestion-time': (_, { ingestedAt }) => new Date(ingestedAt).toISOString(),
  'aws.events.event': ({ detail, ...event }) => event,
  'aws.events.event.json': event => event,
}

/**
 * Reads Input, InputPath and InputTransformer of a target, of which there may be one.
 *
 * @throws TypeError naming the property that is wrong.
 */
export function inputOf(name: string, target: Readonly<Record<string, unknown>>): InputOf {
  const present = ['Input', 'InputPath', 'InputTransformer'].filter(
    property => target[property] !== undefined,
  )
  if (present.length > 1)
    throw invalid(name, present.join(' and '), 'one of Input, InputPath and InputTransformer')
  const { Input, InputPath, InputTransformer } = target
  if (Input !== undefined) return constant(`${name}.Input`, Input)
  if (InputPath !== undefined) {
    const read = readerOf(`${name}.InputPath`, InputPath)
    return event => JSON.stringify(read(event) ?? null)
  }
  return InputTransformer === undefined
    ? event => JSON.stringify(event)
    : transformer(`${name}.InputTransformer`, InputTransformer)
}

function constant(name: string, input: unknown): InputOf {
  const text = textOf(name, input)
  try {
    JSON.parse(text)
  } catch {
    throw invalid(name, input, 'JSON text')
  }
  return () => text
}

/** A placeholder, a quotation mark that is not escaped, or an escaped character. */
const token = /\\(.)|"|<([\w.-]+)>/gs

function transformer(name: string, value: unknown): InputOf {
  const { InputPathsMap, InputTemplate } = checkProperties(name, value, ['InputPathsMap', 'InputTemplate'])
  const template = textOf(`${name}.InputTemplate`, InputTemplate)
  const values = new Map<string, Value>(Object.entries(predefined))
  for (const [variable, path] of Object.entries(InputPathsMap ?? {})) {
    if (variable.startsWith('aws.'))
      throw invalid(`${name}.InputPathsMap`, variable, 'a name that does not begin with aws.')
    values.set(variable, readerOf(`${name}.InputPathsMap.${variable}`, path))
  }
  for (const [, , variable] of template.matchAll(token)) {
    if (variable !== undefined && !values.has(variable)) {
      throw invalid(
        `${name}.InputTemplate`,
        `<${variable}>`,
        [...values.keys()].map(name => `<${name}>`).join(', '),
      )
    }
  }
  return (event, context) => {
    let quoted = false
    return template.replace(token, (text: string, escaped?: string, variable?: string) => {
      if (text === '"') quoted = !quoted
      if (variable === undefined) return escaped === '<' || escaped === '>' ? escaped : text
      const value = values.get(variable)!(event, context) ?? ''
      if (!quoted) return JSON.stringify(value)
      return JSON.stringify(typeof value === 'string' ? value : JSON.stringify(value)).slice(1, -1)
    })
  }
}

/** A step is a name or a place in an array: `.name`, `['name']` or `[0]`. */
const step = /\.([A-Za-z_][\w-]*)|\['([^']+)'\]|\["([^"]+)"\]|\[(\d+)\]/y

/**
 * Compiles a JSON path to a function that reads its value; undefined where there is none.
 *
 * @throws TypeError for anything but plain steps: filters, slices and wildcards are not supported.
 * @example
 * readerOf('InputPath', '$.detail.circuit')(event)
 */
export function readerOf(name: string, path: unknown): (value: unknown) => unknown {
  const wrong = () => invalid(name, path, "a path of plain steps, such as $.detail.items[0]['some name']")
  if (typeof path !== 'string' || !path.startsWith('$')) throw wrong()
  const steps: string[] = []
  step.lastIndex = 1
  while (step.lastIndex < path.length) {
    const found = step.exec(path)
    if (!found) throw wrong()
    steps.push(found.slice(1).find(part => part !== undefined)!)
  }
  return value => {
    let at = value
    for (const key of steps) {
      if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
      at = (at as Record<string, unknown>)[key]
    }
    return at
  }
}
