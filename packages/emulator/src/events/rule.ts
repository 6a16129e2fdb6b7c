import { invalid } from '@breakwater/circuit/shared'
import { checkProperties, textOf } from '../aws/properties.ts'
import { compilePattern } from './pattern.ts'
import { type Schedule, scheduleOf } from './schedule.ts'
import { type Target, targetOf } from './target.ts'

/** A rule, read and checked. */
export interface Rule {
  readonly name: string
  readonly arn: string
  readonly enabled: boolean
  readonly matches: (event: unknown) => boolean
  readonly schedule: Schedule | undefined
  readonly targets: readonly Target[]
}

/** Description, RoleArn and Tags are read and have no effect. */
const properties = [
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
const mostTargets = 5

/**
 * Reads an AWS::Events::Rule whose references are resolved.
 *
 * @param id its logical id, which is its name unless it has one
 * @param bus the bus it has to belong to
 * @throws TypeError naming the property that is wrong or not supported.
 */
export function ruleOf(id: string, value: unknown, bus: { name: string; arn: string }): Rule {
  const rule = checkProperties(id, value, properties)
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
  if (!Array.isArray(Targets) || Targets.length > mostTargets) {
    throw invalid(`${id}.Targets`, Targets, `a list of at most ${mostTargets}`)
  }
  const name = textOf(`${id}.Name`, rule.Name, id)
  const targets = Targets.map((target, index) => targetOf(`${id}.Targets[${index}]`, target))
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
    return JSON.parse(pattern)
  } catch {
    return pattern
  }
}
