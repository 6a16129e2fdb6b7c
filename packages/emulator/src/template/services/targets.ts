import type { EventBus } from '../../events/index.ts'
import type { InvocationOutcome } from '../../lambda/scheduler.ts'
import type { Queues } from '../../queues/index.ts'
import type { Executions, LocalMachine } from './executions.ts'
import { findFunction, type LocalFunction } from './functions.ts'

/** Takes what a rule delivers. */
export type Receiver = (input: string, groupId: string | undefined) => unknown

/** What rules can deliver to. */
export interface Targets {
  readonly functions: readonly LocalFunction[]
  readonly machines: readonly LocalMachine[]
  readonly executions: Executions
  readonly queues: Queues
  readonly buses: readonly EventBus[]
  /** ARNs of topics, whose messages go to the log. */
  readonly topics: readonly string[]
  readonly log: (line: string) => void
}

/** Finds what an ARN names; undefined for nothing. */
export function receiverOf(arn: string, targets: Targets): Receiver | undefined {
  const { executions, queues, buses } = targets
  const lambda = arn.startsWith('arn:') ? findFunction(targets.functions, arn) : undefined
  if (lambda) return async input => answerOf(lambda.name, await lambda.invoke(input))
  const machine = targets.machines.find(machine => machine.arn === arn)
  if (machine) return input => void executions.start(machine, input)
  const queue = queues.byArn(arn)
  if (queue) return (body, groupId) => queue.send({ body, ...(groupId !== undefined && { groupId }) })
  const bus = buses.find(bus => bus.arn === arn)
  if (bus) {
    return input => {
      const { source, 'detail-type': detailType, detail, resources, time } = JSON.parse(input)
      bus.put({ source, detailType, detail, resources, at: Date.parse(time) })
    }
  }
  if (targets.topics.includes(arn)) return input => targets.log(`Message to ${arn}: ${input}`)
  return undefined
}

/** Sends what could not be delivered to its dead-letter queue, with the reasons as attributes. */
export function sendDeadLetter(
  queues: Queues,
  arn: string,
  body: string,
  reasons: Readonly<Record<string, string>>,
): void {
  const queue = queues.byArn(arn)
  if (!queue) throw new Error(`Nothing here is ${arn}`)
  const attributes = Object.entries(reasons).map(
    ([name, StringValue]) => [name, { DataType: 'String', StringValue }] as const,
  )
  queue.send({ body, attributes: Object.fromEntries(attributes) })
}

/** The answer of an invocation; what did not end with one is thrown, by the name that Lambda's callers see. */
export function answerOf(name: string, outcome: InvocationOutcome): string {
  if (outcome.kind === 'answered') return outcome.value
  const [type, message] = failureOf(outcome)
  throw Object.assign(new Error(`${name}: ${message}`), { name: type })
}

function failureOf(
  outcome: Exclude<InvocationOutcome, { kind: 'answered' }>,
): [type: string, message: string] {
  if ('error' in outcome) return [outcome.error.errorType, outcome.error.errorMessage]
  if (outcome.kind !== 'timed-out') return ['TooManyRequestsException', 'Rate Exceeded.']
  return ['Sandbox.Timedout', `Task timed out after ${(outcome.afterMs / 1_000).toFixed(2)} seconds`]
}
