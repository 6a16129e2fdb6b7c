import type { Catcher, Retrier, State } from './definition.ts'
import { coversThrottling, runsLambda, throttledByLambda } from './retry.ts'

/** What is looked for. */
export type LintRule = (typeof lintRules)[number]

/** Names of all rules. */
export const lintRules = [
  'all-last',
  'retry',
  'catch',
  'timeout',
  'cap',
  'jitter',
  'lambda-throttling',
  'reachable',
  'exception',
] as const

/** A rule that a state breaks. */
export interface Breach {
  readonly rule: LintRule
  readonly message: string
}

/** What one state, seen by itself, should have otherwise. */
export function rulesOfState(state: State): readonly Breach[] {
  const { Retry = [], Catch = [] } = state as { Retry?: readonly Retrier[]; Catch?: readonly Catcher[] }
  return [
    ...allLast('Retry', Retry),
    ...allLast('Catch', Catch),
    ...Retry.flatMap(retrier),
    ...(state.Type === 'Task' ? task(state, Retry, Catch) : []),
  ]
}

function allLast(field: string, entries: readonly { readonly ErrorEquals: readonly string[] }[]): Breach[] {
  return entries.flatMap(({ ErrorEquals }, index) => {
    if (!ErrorEquals.includes('States.ALL')) return []
    if (ErrorEquals.length === 1 && index === entries.length - 1) return []
    return [
      { rule: 'all-last', message: `${field}[${index}] has States.ALL, which must stand alone and last` },
    ]
  })
}

function retrier({ MaxAttempts, MaxDelaySeconds, JitterStrategy }: Retrier, index: number): Breach[] {
  if (MaxAttempts === 0) return []
  const breaches: Breach[] = []
  if (MaxDelaySeconds === undefined) {
    breaches.push({
      rule: 'cap',
      message: `Retry[${index}] has no MaxDelaySeconds, so its waits grow without bound`,
    })
  }
  if (JitterStrategy !== 'FULL') {
    breaches.push({
      rule: 'jitter',
      message: `Retry[${index}] has no JitterStrategy FULL, so that retries come in step`,
    })
  }
  return breaches
}

function task(
  state: State & { Type: 'Task' },
  retry: readonly Retrier[],
  catchers: readonly Catcher[],
): Breach[] {
  const breaches: Breach[] = []
  if (retry.length === 0) {
    breaches.push({ rule: 'retry', message: 'has no Retry; one with MaxAttempts 0 says that this is meant' })
  }
  if (catchers.length === 0) breaches.push({ rule: 'catch', message: 'has no Catch' })
  if (state.TimeoutSeconds === undefined) {
    breaches.push({ rule: 'timeout', message: 'has no TimeoutSeconds, and may take three years' })
  }
  if (retry.length > 0 && runsLambda(state.Resource) && !retry.some(coversThrottling)) {
    breaches.push({ rule: 'lambda-throttling', message: `Retry does not name ${throttledByLambda}` })
  }
  return breaches
}
