import { invalid } from './check-options.ts'
import { readMachine } from './definition/read-machine.ts'
import { MachineExecution } from './execution/execution.ts'
import { TaskTokens } from './execution/task-tokens.ts'
import { systemClock } from './time/clock.ts'
import type { Execution, StartOptions, StateMachine, StateMachineOptions } from './types.ts'
import { exceedsPayloadLimit, type Json, makeUuid, toJson } from './values.ts'

const options = ['integrations', 'clock', 'random', 'type', 'name', 'arn', 'roleArn', 'supports']
const account = '000000000000'

/**
 * Makes a state machine that runs on this machine, in the time of its clock: Amazon States Language in JSONata mode,
 * with the errors, limits and histories of Step Functions. All work of its tasks is done by `integrations`.
 *
 * @param definition an object, or JSON.
 * @throws DefinitionError for what is wrong in the definition or not supported, naming state, field and what is allowed;
 * TypeError for a bad option.
 * @example
 * const machine = createStateMachine(definition, {
 *   integrations: (args, { resource }) => callService(resource.service, resource.action, args),
 * })
 * const { status, output } = await machine.start({ input: { order: 7 } }).result
 */
export function createStateMachine(definition: unknown, options: StateMachineOptions): StateMachine {
  checkOptions(options)
  const { integrations, clock = systemClock, random = Math.random, type = 'STANDARD' } = options
  const { name = 'local', supports = () => false } = options
  const arn = options.arn ?? `arn:aws:states:us-east-1:${account}:stateMachine:${name}`
  const roleArn = options.roleArn ?? `arn:aws:iam::${account}:role/${name}`
  const machine = readMachine(definition, { type, supports })
  const tokens = new TaskTokens()
  const region = arn.split(':')[3] ?? ''

  function start(given: StartOptions = {}): Execution {
    const name = given.name ?? makeUuid(random)
    if (!/^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u.test(name)) {
      throw invalid(
        'name',
        name,
        'a text of 1 to 80 characters without spaces, brackets, wildcards and the like',
      )
    }
    const about = {
      machine,
      machineArn: arn,
      machineName: options.name ?? arn.split(':').at(-1)!,
      type,
      roleArn,
      region,
    }
    const input = inputOf(given)
    const executionArn = executionArnOf(arn, type, name, random)
    return new MachineExecution({
      ...about,
      arn: executionArn,
      name,
      input,
      clock,
      random,
      tokens,
      integrations,
    })
  }

  return {
    arn,
    name: options.name ?? arn.split(':').at(-1)!,
    type,
    start,
    sendTaskSuccess: (token, output) => tokens.succeed(token, output),
    sendTaskFailure: (token, error, cause) => tokens.fail(token, error, cause),
    sendTaskHeartbeat: token => tokens.heartbeat(token),
  }
}

function executionArnOf(arn: string, type: string, name: string, random: () => number): string {
  if (type === 'STANDARD') return `${arn.replace(':stateMachine:', ':execution:')}:${name}`
  return `${arn.replace(':stateMachine:', ':express:')}:${name}:${makeUuid(random)}`
}

function inputOf({ input = {} }: StartOptions): Json {
  let json: Json
  try {
    json = toJson(input)
  } catch {
    throw invalid('input', input, 'a value of JSON')
  }
  if (exceedsPayloadLimit(JSON.stringify(json))) throw invalid('input', input, 'at most 256 KiB of JSON')
  return json
}

function checkOptions(given: StateMachineOptions): void {
  for (const name of Object.keys(given)) {
    if (!options.includes(name))
      throw invalid(name, given[name as keyof StateMachineOptions], options.join(', '))
  }
  const { integrations, type = 'STANDARD', arn, name } = given
  if (typeof integrations !== 'function') throw invalid('integrations', integrations, 'a function')
  if (type !== 'STANDARD' && type !== 'EXPRESS') throw invalid('type', type, '"STANDARD" or "EXPRESS"')
  if (name !== undefined && !/^[\w-]{1,80}$/.test(name)) {
    throw invalid('name', name, '1 to 80 letters, digits, _ and -')
  }
  if (arn !== undefined && !/^arn:[^:]+:states:[^:]+:\d{12}:stateMachine:[^:]+$/.test(arn)) {
    throw invalid('arn', arn, 'the ARN of a state machine')
  }
}
