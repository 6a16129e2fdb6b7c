import type { Catcher, ChoiceRule, ChoiceState } from '@breakwater/workflows'
import { caughtInShort, expression, objectOf, shortened } from './jsonata.ts'
import type { CheckAnswer, ServiceOutcome, StartAnswer } from './protocol.ts'

/** What travels through the states of one service. */
export const input = '$states.input'
/** What the executor answered last. */
export const answer = `${input}.answer`
/** Hands on what travels, with more. */
export const merged = (more: string) => expression(`$merge([${input}, ${more}])`)

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
export const done = 'Service done'

const ends = (kind: ServiceOutcome['outcome'], reason?: string) =>
  ({ Output: outcome(kind, reason), Next: done }) as const

/** No error of one service fails the others. */
export const anyError: Catcher = { ErrorEquals: ['States.ALL'], ...ends('failed', caughtInShort) }

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
export const isStarted: ChoiceState = {
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
    { Condition: when('left'), ...ends('left', `${answer}.reason`) },
    failed,
  ],
  ...otherwise,
}

/** Where a service goes on from the answer to `check`. */
export const isOver: ChoiceState = {
  Type: 'Choice',
  Choices: [
    { Condition: when('completed'), ...ends('recycled') },
    failed,
    {
      Condition: when('in-progress', tooOften),
      ...ends('failed', "'its deployment was not over after ' & $string($states.input.polls) & ' checks'"),
    },
    { Condition: when('in-progress', hasSeconds), Next: 'Wait for deployment' },
  ],
  ...otherwise,
}
