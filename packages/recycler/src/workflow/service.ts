import type { Catcher, ChoiceRule, ChoiceState, State, States } from '@breakwater/workflows'
import { caughtInShort, expression, objectOf, shortened } from './jsonata.ts'
import type { CheckAnswer, CheckRequest, ServiceOutcome, StartAnswer, StartRequest } from './protocol.ts'
import { askExecutor, executionName, type ResolvedOptions } from './tasks.ts'

/** What travels through the states of one service. */
const input = '$states.input'
/** What the executor answered last. */
const answer = `${input}.answer`
/** Hands on what travels, with more. */
const merged = (more: string) => expression(`$merge([${input}, ${more}])`)

/**
 * How often a service is waited for before it is given up: some eight hours of one deployment. The executor says long
 * before that a deployment has taken too long.
 */
const maxPolls = 110

/** A small object: outcomes of a hundred services stand in one payload. */
const outcome = (kind: ServiceOutcome['outcome'], reason = '()') =>
  expression(
    objectOf<ServiceOutcome>({
      target: `${input}.target`,
      outcome: `'${kind}'`,
      reason,
      polls: `${input}.polls`,
    }),
  )

/** The last state of each service. */
const done = 'Service done'

const ends = (kind: ServiceOutcome['outcome'], reason?: string) =>
  ({ Output: outcome(kind, reason), Next: done }) as const

/** No error of one service fails the others. */
const anyError: Catcher = { ErrorEquals: ['States.ALL'], ...ends('failed', caughtInShort) }

const when = (state: (StartAnswer | CheckAnswer)['state'], more = '') =>
  expression(`${answer}.state = '${state}'${more && ` and ${more}`}`)
const tooOften = `${input}.polls >= ${maxPolls}`
const hasSeconds = `$type(${answer}.seconds) = 'number'`
const otherwise = {
  Output: outcome('failed', shortened(`'the executor answered ' & $string(${answer})`)),
  Default: done,
} as const
const failed: ChoiceRule = { Condition: when('failed'), ...ends('failed', shortened(`${answer}.reason`)) }

/** Where a service goes on from the answer to `start`. */
const isStarted: ChoiceState = {
  Type: 'Choice',
  Choices: [
    {
      Condition: when(
        'started',
        `$type(${answer}.deployment) = 'string' and $type(${answer}.startedAt) = 'number' and ${hasSeconds}`,
      ),
      Output: merged(`{'deployment': ${answer}.deployment, 'startedAt': ${answer}.startedAt}`),
      Next: 'Wait for deployment',
    },
    {
      Condition: when('busy', tooOften),
      ...ends('failed', shortened(`'busy for too long: ' & ${answer}.why`)),
    },
    { Condition: when('busy', hasSeconds), Next: 'Wait to start' },
    { Condition: when('left-alone'), ...ends('left-alone', `${answer}.reason`) },
    failed,
  ],
  ...otherwise,
}

/** Where a service goes on from the answer to `check`. */
const isOver: ChoiceState = {
  Type: 'Choice',
  Choices: [
    { Condition: when('completed'), ...ends('recycled') },
    { Condition: when('left-alone'), ...ends('left-alone', `${answer}.reason`) },
    failed,
    {
      Condition: when('in-progress', tooOften),
      ...ends('failed', "'its deployment was not over after ' & $string($states.input.polls) & ' checks'"),
    },
    { Condition: when('in-progress', hasSeconds), Next: 'Wait for deployment' },
  ],
  ...otherwise,
}

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
export function recycleService(options: ResolvedOptions): States {
  return {
    StartAt: 'Start recycle',
    States: {
      'Start recycle': start(options),
      'Started?': isStarted,
      'Wait to start': wait(`${seconds} * ${patience}`, 'Start recycle'),
      'Wait for deployment': wait(`${seconds} * ${input}.pace`, 'Check deployment'),
      'Check deployment': check(options),
      'Deployment over?': isOver,
      [done]: { Type: 'Succeed' },
    },
  }
}

function start(options: ResolvedOptions): State {
  const request = objectOf<StartRequest>({
    action: "'start'",
    execution: executionName,
    change: '$change',
    labelChange: '$labelChange',
    target: `${input}.target`,
  })
  return {
    ...askExecutor(options, request),
    Output: merged(`{'answer': $states.result.Payload}`),
    Catch: [anyError],
    Next: 'Started?',
  }
}

function check(options: ResolvedOptions): State {
  const request = objectOf<CheckRequest>({
    action: "'check'",
    execution: executionName,
    change: '$change',
    labelChange: '$labelChange',
    target: `${input}.target`,
    deployment: `${input}.deployment`,
    startedAt: `${input}.startedAt`,
  })
  return {
    ...askExecutor(options, request),
    Output: merged(`{'answer': $states.result.Payload}`),
    Catch: [anyError],
    Next: 'Deployment over?',
  }
}
