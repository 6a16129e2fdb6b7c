import { invalid } from '@breakwater/circuit/shared'
import { checkProperties, flagOf, wholeOf } from '../aws/properties.ts'
import type { Queue } from './queue.ts'

/** An event source mapping, read and checked. */
export interface Mapping {
  readonly batchSize: number
  readonly windowMs: number
  readonly reportsFailures: boolean
  readonly enabled: boolean
  readonly maximumConcurrency: number | undefined
}

const properties = [
  'EventSourceArn',
  'FunctionName',
  'BatchSize',
  'MaximumBatchingWindowInSeconds',
  'FunctionResponseTypes',
  'Enabled',
  'ScalingConfig',
  'Tags',
]

/** Above it a standard queue's batch takes a window to gather. */
const plainBatch = 10

/**
 * Reads an AWS::Lambda::EventSourceMapping of a queue whose references are resolved, with the rules the service has.
 *
 * @throws TypeError naming the property that is wrong or not supported.
 */
export function mappingOf(name: string, value: unknown, queue: Queue): Mapping {
  const mapping = checkProperties(name, value, properties)
  const { EventSourceArn, FunctionResponseTypes = [], ScalingConfig = {} } = mapping
  const { fifo } = queue.settings
  if (EventSourceArn !== undefined && EventSourceArn !== queue.arn) {
    throw invalid(`${name}.EventSourceArn`, EventSourceArn, `"${queue.arn}", the queue it was given`)
  }
  const batchSize = wholeOf(`${name}.BatchSize`, mapping.BatchSize, 1, fifo ? plainBatch : 10_000, plainBatch)
  const at = `${name}.MaximumBatchingWindowInSeconds`
  const window = wholeOf(at, mapping.MaximumBatchingWindowInSeconds, 0, 300, 0)
  if (fifo && window > 0) throw invalid(at, window, '0 on a FIFO queue')
  if (batchSize > plainBatch && window === 0)
    throw invalid(at, window, `at least 1 where BatchSize is over ${plainBatch}`)
  const types: readonly unknown[] = Array.isArray(FunctionResponseTypes)
    ? FunctionResponseTypes
    : [FunctionResponseTypes]
  if (types.some(type => type !== 'ReportBatchItemFailures')) {
    throw invalid(`${name}.FunctionResponseTypes`, types.join(), 'ReportBatchItemFailures')
  }
  const { MaximumConcurrency } = checkProperties(`${name}.ScalingConfig`, ScalingConfig, [
    'MaximumConcurrency',
  ])
  return {
    batchSize,
    windowMs: window * 1_000,
    reportsFailures: types.length > 0,
    enabled: flagOf(`${name}.Enabled`, mapping.Enabled, true),
    maximumConcurrency: concurrencyOf(`${name}.ScalingConfig.MaximumConcurrency`, MaximumConcurrency),
  }
}

/** @throws TypeError for a value that the service refuses. */
export function concurrencyOf(name: string, value: unknown): number | undefined {
  return value === undefined ? undefined : wholeOf(name, value, 2, 1_000, 2)
}
