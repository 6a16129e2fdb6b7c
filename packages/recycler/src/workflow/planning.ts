import type { Catcher, ChoiceState, TaskState, WaitState } from '@breakwater/workflows'
import { caughtError, expression, objectOf, saidInShort, shortened } from './jsonata.ts'
import {
  type Ending,
  type PlanAnswer,
  type PlanRequest,
  unknownSourceError,
  type VerifyRequest,
} from './protocol.ts'
import { askPlanner, callService, executionName, type ResolvedOptions } from './tasks.ts'

const input = '$states.input'
const payload = '$states.result.Payload'

/** Endings that the planner may come to. */
export const endings: Readonly<Record<Ending, 'success' | 'failure'>> = {
  finished: 'success',
  'dry-run': 'success',
  superseded: 'success',
  'already-running': 'success',
  stopped: 'success',
  failed: 'failure',
}

/** The error of an answer that makes no sense. */
const badAnswerError = 'Breakwater.BadAnswer'
/** The planner is asked again at least once a day. */
const maxWaitSeconds = 86_400

/** Keeps any error as the reason why the recycle ends. */
export const endsWithError = (next: string): Catcher => ({
  ErrorEquals: ['States.ALL'],
  Assign: { ending: 'error', caught: caughtError },
  Next: next,
})

/** A secret that is not there, or has no such label, is bad input and no failure of the recycler's. Its error begins with the field. */
const unknownSource = (bad: string): Catcher => ({
  ErrorEquals: [unknownSourceError],
  Assign: {
    problem: { field: expression(`$substringBefore(${saidInShort}, ':')`), message: expression(saidInShort) },
  },
  Next: bad,
})

/** Asks what to do next. What is long or needed later goes into variables, so that it is in the history once. */
export function plan(options: ResolvedOptions, next: string, failed: string, bad: string): TaskState {
  const request = objectOf<PlanRequest>({
    action: "'plan'",
    execution: executionName,
    input: '$request',
    services: '$remaining != null ? $remaining',
    recycled: '$recycled',
    polls: '$polls',
  })
  const kept: readonly (keyof PlanAnswer)[] = ['change', 'labelChange', 'remaining']
  const rest = `$sift(${payload}, function($value, $name) {$not($name in ${JSON.stringify(kept)})})`
  return {
    ...askPlanner(options, request),
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
export function waitUntilDue(next: string): WaitState {
  const Seconds = expression(`$max([1, $min([$ceil(${input}.seconds), ${maxWaitSeconds}])])`)
  return { Type: 'Wait', Seconds, Next: next }
}

/** Asks whether a wave, the input of this state, is really well. */
export function verify(options: ResolvedOptions, next: string, failed: string): TaskState {
  const request = objectOf<VerifyRequest>({
    action: "'verify'",
    execution: executionName,
    change: '$change',
    labelChange: '$labelChange',
    wave: `${input}.wave`,
    outcomes: `${input}.outcomes`,
  })
  const reasons = `${payload}.failed.{'service': name, 'reason': ${shortened('reason')}}`
  return {
    ...askPlanner(options, request),
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
export function isVerified(next: string, failed: string): ChoiceState {
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
 * there is one successor.
 */
export function handOver(options: ResolvedOptions, next: string, failed: string): TaskState {
  const stem = `$substring($replace(${executionName}, /-then-[0-9a-f]+$/, ''), 0, 60)`
  const mark = "$substring($hash($states.context.Execution.Id, 'SHA-256'), 0, 12)"
  const args = {
    StateMachineArn: expression('$states.context.StateMachine.Id'),
    Name: expression(`${stem} & '-then-' & ${mark}`),
    Input: expression(`${input}.input`),
  }
  return {
    ...callService(options, 'states:startExecution', args, alreadyThere),
    Output: { handedOverTo: expression('$states.result.ExecutionArn') },
    Catch: [{ ErrorEquals: alreadyThere, Output: { handedOverTo: null }, Next: next }, endsWithError(failed)],
    Next: next,
  }
}
