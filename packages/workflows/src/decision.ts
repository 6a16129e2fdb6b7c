import type { CircuitState, ControlMode, Lease, RejectReason, ResolvedPolicy } from '@breakwater/circuit'
import { maxLeaseMs, maxSuspicionMs, minAdmittedShare } from '@breakwater/circuit/shared'
import {
  type Attribute,
  attributeTypes,
  parts,
  released,
  schemaValue,
  tableKeys,
} from '@breakwater/dynamodb/schema'
import { expression, jsonataOf } from './definition.ts'

/**
 * The decision about a guarded task: `run` it, `record` its success as well as its failure, `acquire` a permit first, or
 * `reject` it.
 */
export type Decision = 'run' | 'record' | 'acquire' | 'reject'

/** Generation of a call whose outcome is not counted. */
export const uncountedGeneration = -1

/** The attributes that a decision needs, by state. An item without one of them is treated as unreadable. */
const requiredAttributes = {
  CLOSED: ['generation', 'since', 'recovering', 'suspectUntil'],
  OPEN: ['generation', 'since', 'retryAt', 'reason'],
  HALF_OPEN: ['generation', 'since'],
} as const satisfies Record<CircuitState, readonly Attribute[]>

const modes = ['FORCED_OPEN', 'FORCED_CLOSED', 'OBSERVE_ONLY', released] as const satisfies (
  | ControlMode
  | typeof released
)[]

const quoted = (value: CircuitState | ControlMode | Decision | RejectReason | typeof released) => `'${value}'`

/** Step Functions answers in the casing of its own SDK, where BOOL is Bool. */
const typed = (item: string, name: Attribute): string =>
  `${item}.${name}.${attributeTypes[name] === 'BOOL' ? '*' : attributeTypes[name]}`

const value = (item: string, name: Attribute): string =>
  attributeTypes[name] === 'N' ? `$number(${typed(item, name)})` : typed(item, name)

const has = (item: string, name: Attribute): string =>
  attributeTypes[name] === 'BOOL'
    ? `$type(${typed(item, name)}) = 'boolean'`
    : `$exists(${typed(item, name)})`

const readable = (item: string): string => `${item}.schema.N = '${schemaValue.N}'`

const reject = (reason: string, waitMs: string): string =>
  `{'decision': ${quoted('reject')}, 'reason': ${reason}, 'retryAfterMs': $ceil(${waitMs})}`

const answer = (decision: Decision): string => `{'decision': ${quoted(decision)}}`

/** Whether the state item is complete. No item at all stands for a new circuit. */
function isStateReadable(): string {
  const states = Object.entries(requiredAttributes).map(([state, names]) => {
    const all = names.map(name => has('$record', name)).join(' and ')
    return `($state = '${state}' and ${all})`
  })
  return `$not($exists($record)) or (${readable('$record')} and (${states.join(' or ')}))`
}

/**
 * The same rules as `admissionOf`, `admittedShare` and `rejection` in packages/circuit/src/admission.ts, on times as
 * `cutTimes` cuts them. An expression remembers nothing, so that a time which it cut anew each time would never come:
 * where a state has not begun yet, by the clock of Step Functions, it asks the gate, which remembers.
 */
function judge(policy: ResolvedPolicy): string {
  const { probes, recoveryMs, refreshMs, maxOpenMs, probeLeaseMs } = policy
  const [expiresAt, ms]: (keyof Lease)[] = ['expiresAt', 'ms']
  const leftMs = `$number(${expiresAt}.N) - $at`
  const givenMs = `$exists(${ms}.N) ? $number(${ms}.N) : ${probeLeaseMs}`
  const live = `$count($record.leases.L.M[${leftMs} > 0 and ${leftMs} <= $min([${givenMs}, ${maxLeaseMs}])])`
  const share =
    recoveryMs > 0 ? `$max([${minAdmittedShare}, ($at - $since) / ${recoveryMs}])` : String(minAdmittedShare)
  // The policy of the functions that raise suspicions may have the other rule.
  const suspectMs = Math.max(maxSuspicionMs(policy), maxSuspicionMs({ ...policy, consecutiveFailures: 1 }))
  const isRecorded = `$ramp or ($at < $suspectUntil and $suspectUntil <= $at + ${suspectMs})`
  const open = `$at >= $retryAt ? ${answer('acquire')} : ${reject(value('$record', 'reason'), '$retryAt - $at')}`
  const halfOpen = `${live} < ${probes} ? ${answer('acquire')} : ${reject(quoted('half-open'), `${refreshMs}`)}`
  const closed = [
    `$ramp and $random() >= ${share} ? ${reject(quoted('recovering'), `${refreshMs}`)}`,
    `${isRecorded} ? ${answer('record')}`,
    answer('run'),
  ].join(' : ')
  return [
    `($since := ${value('$record', 'since')}`,
    `$retryAt := ${value('$record', 'retryAt')}`,
    `$retryAt := $exists($retryAt) ? $min([$retryAt, $since + ${maxOpenMs}])`,
    `$suspectUntil := ${value('$record', 'suspectUntil')}`,
    `$ramp := ${value('$record', 'recovering')} = true and $at < $since + ${recoveryMs}`,
    `$since > $at ? ${answer('acquire')} : $state = ${quoted('OPEN')} ? (${open}) : $state = ${quoted('HALF_OPEN')} ? (${halfOpen}) : ${closed})`,
  ].join('; ')
}

/**
 * The expression that decides one call from the two items of a circuit, over the answer of the batchGetItem that read
 * them: `{ circuit, decision, token, reason?, retryAfterMs? }`. Where they cannot be read, the call runs and its outcome
 * is not counted.
 *
 * @param circuit the circuit's name or an expression of it.
 */
export function decisionOf(circuit: string, policy: ResolvedPolicy): string {
  const sortKey = `${tableKeys.sort}.S`
  const observed = `$mode = ${quoted('OBSERVE_ONLY')} and $verdict.decision = ${quoted('reject')}`
  const forced = reject(quoted('forced-open'), `$exists($until) ? $until - $at : ${policy.openMs}`)
  return expression(
    `(${[
      '$at := $millis()',
      '$items := $states.result.Responses.*',
      `$record := $items[${sortKey} = '${parts.state}']`,
      `$control := $items[${sortKey} = '${parts.control}']`,
      `$state := ${value('$record', 'state')}`,
      `$until := ${value('$control', 'until')}`,
      `$actedAt := ${value('$control', 'at')}`,
      `$inForce := $exists($control) and ($not($exists($until)) or $at < $until)`,
      `$mode := $inForce ? ${value('$control', 'mode')} : ${quoted(released)}`,
      `$controlled := $mode in [${modes.map(quoted)}] and ($not($exists($control)) or ${readable('$control')})`,
      `$read := $not($exists($states.result.UnprocessedKeys.*)) and $controlled and (${isStateReadable()})`,
      `$counts := $read and $mode != ${quoted('FORCED_CLOSED')}`,
      `$verdict := $not($counts) ? ${answer('run')} : $inForce and $exists($until) and $actedAt > $at ? ${answer('acquire')} : $mode = ${quoted('FORCED_OPEN')} ? ${forced} : ${judge(policy)}`,
      `$observed := ${observed}`,
      `$generation := $exists($record) ? ${value('$record', 'generation')} : 0`,
      `$token := {'generation': $counts and $not($observed) ? $generation : ${uncountedGeneration}, 'startedAt': $at}`,
      `$merge([{'circuit': ${jsonataOf(circuit)}, 'token': $token}, $observed ? ${answer('run')} : $verdict])`,
    ].join('; ')})`,
  )
}
