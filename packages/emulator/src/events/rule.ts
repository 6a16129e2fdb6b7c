import { invalid } from '@breakwater/circuit/shared'
import { parseJson } from '../aws/parse-json.ts'
import { checkProperties, textOf, wholeOf } from '../aws/properties.ts'
import { type InputOf, inputOf } from './input.ts'
import { compilePattern } from './pattern.ts'
import { type Schedule, scheduleOf } from './schedule.ts'

/** A rule, read and checked. */
export interface Rule {
  readonly name: string
  readonly arn: string
  readonly enabled: boolean
  readonly matches: (event: unknown) => boolean
  readonly schedule: Schedule | undefined
  readonly targets: readonly Target[]
}

/** Description and Tags are read and have no effect; calls of targets are reported with the RoleArn. */
const ruleProperties = [
  'Name',
  'Description',
  'EventBusName',
  'EventPattern',
  'ScheduleExpression',
  'State',
  'Targets',
  'RoleArn',
  'Tags',
]

/** The service's limit. */
const maxTargets = 5

/**
 * Reads an AWS::Events::Rule whose references are resolved.
 *
 * @param id its logical id, which is its name unless it has one
 * @param bus the bus it has to belong to
 * @throws TypeError naming the property that is wrong or not supported.
 */
export function ruleOf(id: string, value: unknown, bus: { name: string; arn: string }): Rule {
  const rule = checkProperties(id, value, ruleProperties)
  const { EventBusName = 'default', EventPattern, ScheduleExpression, State = 'ENABLED', Targets = [] } = rule
  if (EventBusName !== bus.name && EventBusName !== bus.arn) {
    throw invalid(`${id}.EventBusName`, EventBusName, `"${bus.name}", the bus it was given to`)
  }
  if (State !== 'ENABLED' && State !== 'DISABLED') throw invalid(`${id}.State`, State, 'ENABLED or DISABLED')
  if (EventPattern === undefined && ScheduleExpression === undefined) {
    throw invalid(`${id}.EventPattern`, EventPattern, 'a pattern, where there is no ScheduleExpression')
  }
  if (ScheduleExpression !== undefined && bus.name !== 'default') {
    throw invalid(`${id}.ScheduleExpression`, ScheduleExpression, 'nothing, except on the default bus')
  }
  if (!Array.isArray(Targets) || Targets.length > maxTargets) {
    throw invalid(`${id}.Targets`, Targets, `a list of at most ${maxTargets}`)
  }
  const name = textOf(`${id}.Name`, rule.Name, id)
  const targets = Targets.map((target, index) => ({
    ...(rule.RoleArn !== undefined && { roleArn: String(rule.RoleArn) }),
    ...targetOf(`${id}.Targets[${index}]`, target),
  }))
  const twice = targets.find((target, index) => targets.findIndex(({ id }) => id === target.id) < index)
  if (twice) throw invalid(`${id}.Targets`, twice.id, 'an Id for each target')
  const prefix = bus.name === 'default' ? '' : `${bus.name}/`
  return {
    name,
    arn: `${bus.arn.replace(/event-bus\/.*$/, 'rule/')}${prefix}${name}`,
    enabled: State === 'ENABLED',
    matches:
      EventPattern === undefined ? () => false : compilePattern(parsed(EventPattern), `${id}.EventPattern`),
    schedule:
      ScheduleExpression === undefined
        ? undefined
        : scheduleOf(`${id}.ScheduleExpression`, ScheduleExpression),
    targets,
  }
}

/** CloudFormation takes the pattern as an object or as its JSON text. */
function parsed(pattern: unknown): unknown {
  if (typeof pattern !== 'string') return pattern
  try {
    return parseJson(pattern)
  } catch {
    return pattern
  }
}

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
  /** The role that it is called by; nothing is authorised here, and calls are reported with it. */
  readonly roleArn?: string | undefined
}

const targetProperties = [
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
  const target = checkProperties(name, value, targetProperties)
  const { Id, Arn, RoleArn, RetryPolicy = {}, DeadLetterConfig = {}, SqsParameters = {} } = target
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
    ...(RoleArn !== undefined && { roleArn: textOf(`${name}.RoleArn`, RoleArn) }),
  }
}
