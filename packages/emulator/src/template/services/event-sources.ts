import type { Clock } from '@breakwater/circuit'
import { invalid } from '@breakwater/circuit/shared'
import { createEventSource, type Queues } from '../../queues/index.ts'
import type { ResolvedResource } from '../types.ts'
import { findFunction, type LocalFunction } from './functions.ts'
import type { KnownSource } from './lambda-answers.ts'
import { answerOf } from './targets.ts'

/** Options of {@link startEventSource}. */
export interface EventSourceContext {
  readonly queues: Queues
  readonly functions: readonly LocalFunction[]
  readonly clock: Clock
  readonly log: (line: string) => void
}

/**
 * Starts an AWS::Lambda::EventSourceMapping.
 *
 * @throws TypeError naming a source or a function that is not here, or what is not supported.
 */
export function startEventSource(resource: ResolvedResource, context: EventSourceContext): KnownSource {
  const { where, id, name, properties } = resource
  const { queues, functions, clock, log } = context
  const { EventSourceArn, FunctionName } = properties
  const queue = queues.byArn(String(EventSourceArn))
  if (!queue)
    throw invalid(`${where}.Properties.EventSourceArn`, EventSourceArn, 'the ARN of a queue of the stacks')
  const target = findFunction(functions, String(FunctionName))
  if (!target) throw invalid(`${where}.Properties.FunctionName`, FunctionName, 'a function of the stacks')
  const source = createEventSource({
    name: id,
    mapping: properties,
    queue,
    functionTimeoutSeconds: target.timeoutMs / 1_000,
    clock,
    invoke: async event => JSON.parse(answerOf(target.name, await target.invoke(JSON.stringify(event)))),
    failed: error =>
      log(`${id}: a batch of ${queue.name} failed: ${error instanceof Error ? error.message : error}`),
  })
  return { uuid: name, queueArn: queue.arn, functionArn: target.arn, source }
}
