import type { State } from '@breakwater/workflows'
import { caughtInShort, expression, objectOf, shortened } from './jsonata.ts'
import { endings } from './planning.ts'
import { type RecycleReport, type ReportRequest, recycleFinished } from './protocol.ts'
import { askPlanner, callService, executionName, type Surroundings } from './tasks.ts'

/**
 * The named error of an execution of `recycle-services` that failed. Its Cause is JSON: `{ secret, label, versionId,
 * change, ending, counts, failed, message, error?, cause? }`.
 *
 * @example
 * if (isWorkflowError(error) && error.error === recycleFailedError) pageSomebody(error.cause)
 */
export const recycleFailedError = 'Breakwater.RecycleFailed'

/** A Fail may have 32,768 characters in all. */
const mostFailures = 10
const longestMessage = 1_000

/** Closes the books, tells the world, and ends as the recycle has. Entered with `$ending` and `$caught` set. */
export function ending(around: Surroundings): Readonly<Record<string, State>> {
  const well = Object.entries(endings).flatMap(([name, how]) => (how === 'well' ? name : []))
  return {
    Report: report(around, 'Announce'),
    Announce: {
      ...callService(around, 'events:putEvents', {
        Entries: [
          {
            EventBusName: around.bus,
            Source: recycleFinished.source,
            DetailType: recycleFinished.detailType,
            Detail: expression('$report'),
          },
        ],
      }),
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'How did it end?' }],
      Next: 'How did it end?',
    },
    'How did it end?': {
      Type: 'Choice',
      Choices: [{ Condition: expression(`$ending in ${JSON.stringify(well)}`), Next: 'Recycle over' }],
      Default: 'Recycle failed',
    },
    'Recycle over': { Type: 'Succeed', Output: expression('$report') },
    'Recycle failed': { Type: 'Fail', Error: recycleFailedError, Cause: expression(`$string(${cause})`) },
  }
}

function report(around: Surroundings, next: string): State {
  const onError = (field: string) => `$ending = 'error' ? $caught.${field}`
  const request = objectOf<ReportRequest>({
    action: "'report'",
    execution: executionName,
    input: '$request',
    change: '$change != null ? $change',
    ending: '$ending',
    error: onError('error'),
    cause: onError('cause'),
  })
  return {
    ...askPlanner(around, request),
    // An answer that is no report is an error.
    Assign: { report: expression(`$merge([$states.result.Payload, {'ending': $ending}])`) },
    Catch: [{ ErrorEquals: ['States.ALL'], Assign: { report: expression(whatIsKnown) }, Next: next }],
    Next: next,
  }
}

const isParameter = '$contains($request.secretId, /^(ssm|arn:[^:]+:ssm):/)'
const standardLabel = `(${isParameter} ? 'LATEST' : 'AWSCURRENT')`

/** Stands in for a report that could not be made. */
const whatIsKnown = objectOf<RecycleReport>({
  secret: '$request.secretId',
  label: `$move != null ? $move.label : ($exists($request.label) ? $request.label : ${standardLabel})`,
  versionId: '$move != null ? $move.versionId : null',
  change: '$change',
  ending: '$ending',
  dryRun: "$ending = 'dry-run' or $request.dryRun = true",
  counts: objectOf<RecycleReport['counts']>({
    candidates: '0',
    stale: '0',
    recycled: '$recycled',
    skipped: '0',
    failed: '$count($failed)',
  }),
  recycled: '[]',
  skipped: '[]',
  failed: '$failed',
  plan: '()',
  message:
    "'The report could not be made, so that lists and counts are short of what was done before and of what was not: ' & " +
    `${caughtInShort} & ($exists($caught.error) ? '. What went wrong before: ' & $caught.error & ' ' & $caught.cause : '')`,
})

const failures = `$report.failed[[0..${mostFailures - 1}]].{'service': service, 'reason': ${shortened('reason')}}`

const cause = objectOf({
  secret: '$report.secret',
  label: '$report.label',
  versionId: '$report.versionId',
  change: '$report.change',
  ending: '$ending',
  counts: '$report.counts',
  failed: `[${failures}]`,
  message: shortened('$report.message', longestMessage),
  error: '$caught.error',
  cause: '$caught.cause',
})
