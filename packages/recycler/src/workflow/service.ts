import type { State, States } from '@breakwater/workflows'
import { answer, anyError, done, input, isOver, isStarted, merged } from './answers.ts'
import { expression, objectOf } from './jsonata.ts'
import type { CheckRequest, StartRequest } from './protocol.ts'
import { askExecutor, executionName, type Surroundings } from './tasks.ts'

/** Services of a wave that are each asked after as often as the executor says. */
const unhurriedServices = 20
/** Waits for a turn grow to so many times the first. */
const maxIntervals = 5

/**
 * What travels through the states of one service at first. A history has room for 25,000 events, so the services of a
 * large wave are asked after less often: `pace` times the executor's wait.
 */
export const newItem = {
  target: '{% $states.context.Map.Item.Value %}',
  polls: 0,
  pace: `{% $max([1, $count(${input}.wave.services) / ${unhurriedServices}]) %}`,
} as const

const seconds = `$max([1, $min([${answer}.seconds, 3600])])`
/** Where it is no deployment that keeps the service busy, longer each time. */
const patience = `($exists(${answer}.deployment) ? ${input}.pace : $min([${input}.polls + 1, ${maxIntervals}]))`

const wait = (jsonata: string, next: string): State => ({
  Type: 'Wait',
  Seconds: expression(`$ceil(${jsonata})`),
  Output: merged(`{'polls': ${input}.polls + 1}`),
  Next: next,
})

/**
 * The states that one service of a wave goes through: started, waited for and checked until its deployment is over.
 * Whatever happens, they end in a `ServiceOutcome`.
 */
export function recycleService(around: Surroundings): States {
  return {
    StartAt: 'Start recycle',
    States: {
      'Start recycle': start(around),
      'Started?': isStarted,
      'Wait to start': wait(`${seconds} * ${patience}`, 'Start recycle'),
      'Wait for deployment': wait(`${seconds} * ${input}.pace`, 'Check deployment'),
      'Check deployment': check(around),
      'Deployment over?': isOver,
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
