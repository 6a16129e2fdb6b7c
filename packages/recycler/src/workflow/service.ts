import type { State, States } from '@breakwater/workflows'
import { answer, anyError, done, input, isOver, isStarted, merged } from './answers.ts'
import { expression, objectOf } from './jsonata.ts'
import type { AwaitRequest, CheckRequest, StartRequest } from './protocol.ts'
import { askExecutor, executionName, listen, type Surroundings } from './tasks.ts'

/** Waits grow to so many times the first, so that a deployment that takes long leaves a short history. */
const mostIntervals = 5

/** What travels through the states of one service at first. Waits count as looks. */
export const newItem = {
  target: '{% $states.context.Map.Item.Value %}',
  looks: 0,
  /** False once listening has ended early, so that what is told again and again is not asked for again and again. */
  listens: true,
} as const

const grown = `$min([${input}.looks + 1, ${mostIntervals}])`
const looked = `{'looks': ${input}.looks + 1, 'listens': true}`

/**
 * The states that one service of a wave goes through: started, listened for and looked at until its deployment is over.
 * Whatever happens, they end in a `ServiceOutcome`.
 */
export function recycleService(around: Surroundings): States {
  return {
    StartAt: 'Start recycle',
    States: {
      'Start recycle': start(around),
      'Started?': isStarted,
      'Listen for other deployment': listenFor(around, 'Start recycle'),
      'Wait for service': {
        Type: 'Wait',
        Seconds: expression(`$max([1, $min([$ceil(${answer}.seconds), 3600])]) * ${grown}`),
        Output: merged(looked),
        Next: 'Start recycle',
      },
      'Listen for deployment': listenFor(around, 'Check deployment'),
      'Check deployment': check(around),
      'Deployment over?': isOver,
      'Wait to look': {
        Type: 'Wait',
        Seconds: expression(`${around.pollSeconds} * ${grown}`),
        Output: merged(looked),
        Next: 'Check deployment',
      },
      [done]: { Type: 'Succeed' },
    },
  }
}

function start(around: Surroundings): State {
  const request = objectOf<StartRequest>({
    action: "'start'",
    execution: executionName,
    change: '$change',
    move: '$move',
    target: `${input}.target`,
  })
  return {
    ...askExecutor(around, request),
    Output: merged(`{'answer': $states.result.Payload}`),
    Catch: [anyError],
    Next: 'Started?',
  }
}

/** Listens until the deployment is said to be over, or it is time to look. Nothing that goes wrong here matters. */
function listenFor(around: Surroundings, next: string): State {
  const request = objectOf<AwaitRequest>({
    action: "'await'",
    target: `${input}.target`,
    deployment: `${input}.deployment`,
    token: '$states.context.Task.Token',
  })
  const deaf = merged(`{'listens': false}`)
  return {
    ...listen(around, request, `${around.pollSeconds} * ${grown}`),
    Output: deaf,
    Catch: [
      { ErrorEquals: ['States.Timeout', 'States.HeartbeatTimeout'], Output: merged(looked), Next: next },
      { ErrorEquals: ['States.ALL'], Output: deaf, Next: next },
    ],
    Next: next,
  }
}

function check(around: Surroundings): State {
  const request = objectOf<CheckRequest>({
    action: "'check'",
    execution: executionName,
    change: '$change',
    move: '$move',
    target: `${input}.target`,
    deployment: `${input}.deployment`,
    startedAt: `${input}.startedAt`,
  })
  return {
    ...askExecutor(around, request),
    Output: merged(`{'answer': $states.result.Payload}`),
    Catch: [anyError],
    Next: 'Deployment over?',
  }
}
