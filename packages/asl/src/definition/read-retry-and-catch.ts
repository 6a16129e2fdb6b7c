import type { StatesField } from '../expressions/check-expression.ts'
import { readOutputAndAssign, readTarget, type StatesContext } from './common-fields.ts'
import { type Fields, maxSeconds } from './fields.ts'
import type { Catcher, Retrier } from './model.ts'

const statesOnError = ['input', 'context', 'errorOutput'] as const satisfies readonly StatesField[]
/** A year, the limit of MaxDelaySeconds. */
const maxAllowedDelaySeconds = 31_622_400

/** Names that begin with `States.` are the service's own. */
const reservedErrors = [
  'ALL',
  'BranchFailed',
  'DataLimitExceeded',
  'ExceedToleratedFailureThreshold',
  'HeartbeatTimeout',
  'Http.Socket',
  'IntrinsicFailure',
  'ItemReaderFailed',
  'NoChoiceMatched',
  'ParameterPathFailure',
  'Permissions',
  'QueryEvaluationError',
  'ResultPathMatchFailure',
  'ResultWriterFailed',
  'Runtime',
  'TaskFailed',
  'Timeout',
].map(name => `States.${name}`)

/** Reads Retry and Catch. */
export function readRetryAndCatch(fields: Fields, context: StatesContext) {
  return { retry: readRetry(fields), catch: readCatch(fields, context) }
}

/** Reads Retry. */
function readRetry(fields: Fields): readonly Retrier[] {
  if (!fields.has('Retry')) return []
  const retriers = fields.objects('Retry', 0)
  return retriers.map((retrier, n) => {
    retrier.only(
      ...[
        'ErrorEquals',
        'IntervalSeconds',
        'MaxAttempts',
        'BackoffRate',
        'MaxDelaySeconds',
        'JitterStrategy',
        'Comment',
      ],
    )
    const intervalSeconds = retrier.number('IntervalSeconds', 1, 1, maxSeconds)
    const maxDelaySeconds = retrier.number('MaxDelaySeconds', Infinity, 1, maxAllowedDelaySeconds)
    if (maxDelaySeconds < intervalSeconds) {
      throw retrier.refuse('MaxDelaySeconds', `at least IntervalSeconds, which is ${intervalSeconds}`)
    }
    return {
      errors: readErrorEquals(retrier, n === retriers.length - 1),
      intervalSeconds,
      maxDelaySeconds,
      maxAttempts: retrier.number('MaxAttempts', 3, 0, maxSeconds),
      backoffRate: retrier.number('BackoffRate', 2, 1, Number.MAX_VALUE, false),
      jitter: retrier.has('JitterStrategy') ? retrier.oneOf('JitterStrategy', 'FULL', 'NONE') : 'NONE',
    }
  })
}

/** Reads Catch. */
function readCatch(fields: Fields, context: StatesContext): readonly Catcher[] {
  if (!fields.has('Catch')) return []
  const catchers = fields.objects('Catch', 0)
  return catchers.map((catcher, n) => {
    catcher.only('ErrorEquals', 'Next', 'Output', 'Assign', 'Comment')
    const errors = readErrorEquals(catcher, n === catchers.length - 1)
    return {
      errors,
      next: readTarget(catcher, 'Next', context),
      ...readOutputAndAssign(catcher, context, statesOnError),
    }
  })
}

function readErrorEquals(fields: Fields, isLast: boolean): readonly string[] {
  const names = fields.list('ErrorEquals') as readonly string[]
  for (const name of names) {
    if (typeof name !== 'string' || name === '') throw fields.refuse('ErrorEquals', 'names of errors')
    const isKnown = reservedErrors.includes(name) || /^States\.Http\.StatusCode\.\d{3}$/.test(name)
    if (name.startsWith('States.') && !isKnown) {
      throw fields.refuse(
        'ErrorEquals',
        `names of one's own, ${reservedErrors.join(', ')}, States.Http.StatusCode.<code>`,
      )
    }
  }
  if (names.includes('States.ALL') && (names.length > 1 || !isLast)) {
    throw fields.refuse('ErrorEquals', 'States.ALL alone, and in the last entry')
  }
  return names
}
