import { aFunction, anything, checkOptions, invalid, objectWith, textLike } from './check-options.ts'
import { readMachine } from './definition/read-machine.ts'
import { MachineExecution } from './execution/execution.ts'
import { TaskTokens } from './execution/task-tokens.ts'
import { systemClock } from './time/clock.ts'
import type { Execution, StartOptions, StateMachine, StateMachineOptions } from './types.ts'
import { exceedsPayloadLimit, type Json, makeUuid, toJson } from './values.ts'

/** Checks of the options that {@link createStateMachine} and `runStateMachine` share. */
export const machineChecks = {
  clock: objectWith('a Clock', 'now', 'setTimeout', 'clearTimeout'),
  random: aFunction,
  type: {
    allowed: '"STANDARD" or "EXPRESS"',
    good: (value: unknown) => value === 'STANDARD' || value === 'EXPRESS',
  },
  arn: textLike(/^arn:[^:]+:states:[^:]+:\d{12}:stateMachine:[^:]+$/, 'the ARN of a state machine'),
}
/** Checks of the options of an execution. */
export const startChecks = {
  input: anything,
  name: textLike(
    /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u,
    'a text of 1 to 80 characters without spaces, brackets, wildcards and the like',
  ),
}
const account = '000000000000'

/**
 * Makes a state machine that can be started many times, in the time of its clock: Amazon States Language in JSONata
 * mode, with the errors, limits and histories of Step Functions. `integrations` does the work of all its tasks.
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
  checkOptions<StateMachineOptions>('createStateMachine', options, {
    ...machineChecks,
    integrations: { ...aFunction, required: true },
    name: textLike(/^[\w-]{1,80}$/, '1 to 80 letters, digits, _ and -'),
    roleArn: textLike(/./, 'the ARN of a role'),
    supports: aFunction,
  })
  const { integrations, clock = systemClock, random = Math.random, type = 'STANDARD' } = options
  const { name = 'local', supports = () => false } = options
  const arn = options.arn ?? `arn:aws:states:us-east-1:${account}:stateMachine:${name}`
  const roleArn = options.roleArn ?? `arn:aws:iam::${account}:role/${name}`
  const machine = readMachine(definition, { type, supports })
  const tokens = new TaskTokens()
  const region = arn.split(':')[3] ?? ''

  const machineName = options.name ?? arn.split(':').at(-1)!

  function start(options: StartOptions = {}): Execution {
    checkOptions<StartOptions>('start', options, startChecks)
    const name = options.name ?? makeUuid(random)
    return new MachineExecution({
      machine,
      machineArn: arn,
      machineName,
      type,
      roleArn,
      region,
      arn: executionArnOf(arn, type, name, random),
      name,
      input: inputOf(options),
      clock,
      random,
      tokens,
      integrations,
    })
  }

  return {
    arn,
    name: machineName,
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
    throw invalid('start: input', input, 'a value of JSON')
  }
  if (exceedsPayloadLimit(JSON.stringify(json)))
    throw invalid('start: input', input, 'at most 256 KiB of JSON')
  return json
}
