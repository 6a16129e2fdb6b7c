import type { Catcher, ChoiceState, TaskState, WaitState } from '@breakwater/workflows'
import { caughtError, expression, objectOf, saidInShort, shortened } from './jsonata.ts'
import {
  type Ending,
  type PlanAnswer,
  type PlanRequest,
  unknownSourceError,
  type VerifyRequest,
} from './protocol.ts'
import { askPlanner, callService, executionName, type Surroundings } from './tasks.ts'

const input = '$states.input'
const payload = '$states.result.Payload'

/** Endings that the planner may come to. */
export const endings: Readonly<Record<Ending, 'well' | 'ill'>> = {
  finished: 'well',
  'dry-run': 'well',
  superseded: 'well',
  'already-running': 'well',
  stopped: 'well',
  failed: 'ill',
}

/** The error of an answer that makes no sense. */
const badAnswerError = 'Breakwater.BadAnswer'
/** The planner is asked again at least once a day. */
const longestWaitSeconds = 86_400

/** Keeps any error as the reason why the recycle ends. */
export const endsWithError = (next: string): Catcher => ({
  ErrorEquals: ['States.ALL'],
  Assign: { ending: 'error', caught: caughtError },
  Next: next,
})

/** Whoever asks for a secret that is not there has made a mistake, and nothing of the recycler's failed. */
const unknownSource = (bad: string): Catcher => ({
  ErrorEquals: [unknownSourceError],
  Assign: { problem: { field: 'secretId', message: expression(saidInShort) } },
  Next: bad,
})

/** Asks what to do next. What is long or needed later goes into variables, so that it is in the history once. */
export function plan(around: Surroundings, next: string, failed: string, bad: string): TaskState {
  const request = objectOf<PlanRequest>({
    action: "'plan'",
    execution: executionName,
    input: '$request',
    services: '$remaining != null ? $remaining',
    recycled: '$recycled',
    polls: '$polls',
  })
  const kept: readonly (keyof PlanAnswer)[] = ['change', 'move', 'remaining']
  const rest = `$sift(${payload}, function($value, $name) {$not($name in ${JSON.stringify(kept)})})`
  return {
    ...askPlanner(around, request),
    Assign: Object.fromEntries(kept.map(name => [name, expression(`${payload}.${name}`)])),
    Output: expression(rest),
    Catch: [unknownSource(bad), endsWithError(failed)],
    Next: next,
  }
}

/** Goes where the planner's answer leads. One without what that needs is an error, since a Choice has no Catch. */
export function whatNext(to: Readonly<Record<PlanAnswer['next'], string>>, failed: string): ChoiceState {
  const has: Readonly<Record<PlanAnswer['next'], string>> = {
    wave: `$type(${input}.wave.services) = 'array' and $count(${input}.wave.services) > 0`,
    wait: `$type(${input}.seconds) = 'number'`,
    handover: `$type(${input}.input) = 'object'`,
    over: `${input}.ending in ${JSON.stringify(Object.keys(endings))}`,
  }
  const names = Object.keys(has) as PlanAnswer['next'][]
  const cause = `'the planner answered ' & $string(${input})`
  return {
    Type: 'Choice',
    Choices: names.map(name => ({
      Condition: expression(`${input}.next = '${name}' and ${has[name]}`),
      ...(name === 'over' && { Assign: { ending: expression(`${input}.ending`) } }),
      Next: to[name],
    })),
    Assign: { ending: 'error', caught: { error: badAnswerError, cause: expression(shortened(cause)) } },
    Default: failed,
  }
}

/** Waits as long as the planner says. */
export function waitAsTold(next: string): WaitState {
  const Seconds = expression(`$max([1, $min([$ceil(${input}.seconds), ${longestWaitSeconds}])])`)
  return { Type: 'Wait', Seconds, Next: next }
}

/** Asks whether a wave, the input of this state, is really well. */
export function verify(around: Surroundings, next: string, failed: string): TaskState {
  const request = objectOf<VerifyRequest>({
    action: "'verify'",
    execution: executionName,
    change: '$change',
    move: '$move',
    wave: `${input}.wave`,
    outcomes: `${input}.outcomes`,
  })
  const reasons = `${payload}.failed.{'service': name, 'reason': ${shortened('reason')}}`
  return {
    ...askPlanner(around, request),
    Assign: {
      recycled: expression(`$recycled + ${payload}.recycled`),
      polls: expression(`$polls + $sum(${input}.outcomes.polls)`),
      failed: expression(`[${reasons}]`),
    },
    Output: { ok: expression(`${payload}.ok`) },
    Catch: [endsWithError(failed)],
    Next: next,
  }
}

/** The next wave follows only where the last one is well. */
export function isWell(next: string, failed: string): ChoiceState {
  return {
    Type: 'Choice',
    Choices: [{ Condition: expression(`${input}.ok = true`), Next: next }],
    Assign: { ending: 'failed' },
    Default: failed,
  }
}

const alreadyThere = ['StepFunctions.ExecutionAlreadyExistsException', 'StepFunctions.ExecutionAlreadyExists']

/**
 * Goes on in a new execution of the same machine. Its name comes from this one's, so that however often this is tried
 * there is one heir.
 */
export function handOver(around: Surroundings, next: string, failed: string): TaskState {
  const stem = `$substring($replace(${executionName}, /-then-[0-9a-f]+$/, ''), 0, 60)`
  const mark = "$substring($hash($states.context.Execution.Id, 'SHA-256'), 0, 12)"
  const args = {
    StateMachineArn: expression('$states.context.StateMachine.Id'),
    Name: expression(`${stem} & '-then-' & ${mark}`),
    Input: expression(`${input}.input`),
  }
  return {
    ...callService(around, 'states:startExecution', args, alreadyThere),
    Output: { handedOverTo: expression('$states.result.ExecutionArn') },
    Catch: [{ ErrorEquals: alreadyThere, Output: { handedOverTo: null }, Next: next }, endsWithError(failed)],
    Next: next,
  }
}
