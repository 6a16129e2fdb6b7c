import { checkProperties, textOf, wholeOf } from '../aws/properties.ts'
import { type InputOf, inputOf } from './input.ts'

/** A target of a rule, read and checked. */
export interface Target {
  readonly id: string
  readonly arn: string
  readonly input: InputOf
  /** How often a delivery that failed is tried again. */
  readonly retries: number
  /** How old an event may be to be tried again, in ms. */
  readonly maxAgeMs: number
  readonly deadLetterArn: string | undefined
  readonly messageGroupId: string | undefined
}

/** RoleArn is read and has no effect: nothing is authorised here. */
const properties = [
  'Id',
  'Arn',
  'RoleArn',
  'Input',
  'InputPath',
  'InputTransformer',
  'RetryPolicy',
  'DeadLetterConfig',
  'SqsParameters',
]

/** @throws TypeError naming the property that is wrong or not supported. */
export function targetOf(name: string, value: unknown): Target {
  const target = checkProperties(name, value, properties)
  const { Id, Arn, RetryPolicy = {}, DeadLetterConfig = {}, SqsParameters = {} } = target
  const policy = `${name}.RetryPolicy`
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds } = checkProperties(policy, RetryPolicy, [
    'MaximumRetryAttempts',
    'MaximumEventAgeInSeconds',
  ])
  const letters = checkProperties(`${name}.DeadLetterConfig`, DeadLetterConfig, ['Arn'])
  const queue = checkProperties(`${name}.SqsParameters`, SqsParameters, ['MessageGroupId'])
  return {
    id: textOf(`${name}.Id`, Id),
    arn: textOf(`${name}.Arn`, Arn),
    input: inputOf(name, target),
    retries: wholeOf(`${policy}.MaximumRetryAttempts`, MaximumRetryAttempts, 0, 185, 185),
    maxAgeMs:
      wholeOf(`${policy}.MaximumEventAgeInSeconds`, MaximumEventAgeInSeconds, 60, 86_400, 86_400) * 1_000,
    deadLetterArn:
      letters.Arn === undefined ? undefined : textOf(`${name}.DeadLetterConfig.Arn`, letters.Arn),
    messageGroupId:
      queue.MessageGroupId === undefined
        ? undefined
        : textOf(`${name}.SqsParameters.MessageGroupId`, queue.MessageGroupId),
  }
}
