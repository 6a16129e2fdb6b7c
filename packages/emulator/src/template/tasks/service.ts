import { type TaskContext, TaskError } from '@breakwater/asl'
import { parseJson } from '../../aws/parse-json.ts'
import type { Arguments, Work } from './task.ts'

/** How errors of a service begin, as an optimised integration has it and as `aws-sdk:*` has it. */
const prefixes: Readonly<Record<string, readonly [optimized: string, sdk: string]>> = {
  dynamodb: ['DynamoDB', 'DynamoDb'],
  events: ['EventBridge', 'EventBridge'],
  sfn: ['StepFunctions', 'Sfn'],
  sqs: ['SQS', 'Sqs'],
}

/**
 * Makes the work of tasks that call a service by its own protocol, whose names are those of the arguments already; Step
 * Functions alone begins them with small letters.
 */
export function callService(service: string): Work {
  return async (args, context, { call }) => {
    const { kind, action } = context.resource
    const optimized = kind === 'optimized'
    const input = optimized ? withTexts(service, args, context) : args
    const body = JSON.stringify(service === 'sfn' ? renamed(input, 'toLowerCase') : input)
    const answer = await call(service, initial(action, 'toUpperCase'), body, context.signal)
    const output = parsed(answer.body)
    const [prefix] = optimized ? prefixes[service]! : prefixes[service]!.slice(1)
    if (answer.status !== 200) throw failureOf(prefix!, service, answer.status, output)
    if (service === 'events' && Number(output.FailedEntryCount) > 0) {
      throw new TaskError(`${prefix}.FailedEntry`, JSON.stringify(output))
    }
    return service === 'sfn' ? renamed(output, 'toUpperCase') : output
  }
}

/** The optimised integrations take objects where the services take JSON, and say whose events they put. */
function withTexts(service: string, args: Arguments, { context }: TaskContext): Arguments {
  if (service === 'sqs') return { ...args, MessageBody: asText(args.MessageBody) }
  if (service !== 'events' || !Array.isArray(args.Entries)) return args
  const own = [idOf(context.Execution), idOf(context.StateMachine)].filter(id => id !== undefined)
  const entries = args.Entries.map((entry: Arguments) => {
    const { Detail, Resources = [] } = entry
    return { ...entry, Detail: asText(Detail), Resources: [...(Resources as unknown[]), ...own] }
  })
  return { ...args, Entries: entries }
}

function idOf(part: unknown): unknown {
  return (part as { Id?: unknown } | undefined)?.Id
}

function asText(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value
}

function failureOf(prefix: string, service: string, status: number, output: Arguments): TaskError {
  const { __type = 'InternalFailure', message, Message } = output
  const type = String(__type).replace(/^.*#/, '')
  const name = /(Exception|Error)$/.test(type) ? type : `${type}Exception`
  const text = String(message ?? Message ?? type)
  return new TaskError(`${prefix}.${name}`, `${text} (Service: ${service}, Status Code: ${status})`)
}

function parsed(text: string): Arguments {
  try {
    return Object(parseJson(text || '{}'))
  } catch {
    return { message: text }
  }
}

/** Changes the first letter of every name. */
function renamed(value: unknown, change: 'toLowerCase' | 'toUpperCase'): unknown {
  if (Array.isArray(value)) return value.map(item => renamed(item, change))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [initial(name, change), renamed(item, change)]),
  )
}

function initial(name: string, change: 'toLowerCase' | 'toUpperCase'): string {
  return name.slice(0, 1)[change]() + name.slice(1)
}
