import type { State } from '@breakwater/workflows'
import { caughtInShort, expression, objectOf, shortened } from './jsonata.ts'
import { endings } from './planning.ts'
import { type RecycleReport, type ReportRequest, recycleFinished } from './protocol.ts'
import { askPlanner, callService, executionName, type ResolvedOptions } from './tasks.ts'

/**
 * The named error of an execution of `recycle-services` that failed. Its Cause is JSON: `{ secret, label, versionId,
 * change, ending, counts, failed, message, error?, cause? }`.
 *
 * @example
 * if (isWorkflowError(error) && error.error === recycleFailedError) pageSomebody(error.cause)
 */
export const recycleFailedError = 'Breakwater.RecycleFailed'

/** A Fail may have 32,768 characters in all. */
const maxFailures = 10
const maxMessageLength = 1_000

/** Reports, puts the event, and ends as the recycle has. Entered with `$ending` and `$caught` set. */
export function ending(options: ResolvedOptions): Readonly<Record<string, State>> {
  const well = Object.entries(endings).flatMap(([name, how]) => (how === 'success' ? name : []))
  return {
    Report: report(options, 'Announce'),
    Announce: {
      ...callService(options, 'events:putEvents', {
        Entries: [
          {
            EventBusName: options.bus,
            Source: recycleFinished.source,
            DetailType: recycleFinished.detailType,
            Detail: expression('$report'),
          },
        ],
      }),
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Succeeded?' }],
      Next: 'Succeeded?',
    },
    'Succeeded?': {
      Type: 'Choice',
      Choices: [{ Condition: expression(`$ending in ${JSON.stringify(well)}`), Next: 'Recycle succeeded' }],
      Default: 'Recycle failed',
    },
    'Recycle succeeded': { Type: 'Succeed', Output: expression('$report') },
    'Recycle failed': { Type: 'Fail', Error: recycleFailedError, Cause: expression(`$string(${cause})`) },
  }
}

function report(options: ResolvedOptions, next: string): State {
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
    ...askPlanner(options, request),
    // An answer that is no report is an error.
    Assign: { report: expression(`$merge([$states.result.Payload, {'ending': $ending}])`) },
    Catch: [{ ErrorEquals: ['States.ALL'], Assign: { report: expression(fallbackReport) }, Next: next }],
    Next: next,
  }
}

const isParameter = '$contains($request.secretId, /^(ssm|arn:[^:]+:ssm):/)'
const defaultLabel = `(${isParameter} ? 'LATEST' : 'AWSCURRENT')`

/** Stands in for a report that could not be made. */
const fallbackReport = objectOf<RecycleReport>({
  secret: '$request.secretId',
  label: `$labelChange != null ? $labelChange.label : ($exists($request.label) ? $request.label : ${defaultLabel})`,
  versionId: '$labelChange != null ? $labelChange.versionId : null',
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

const failures = `$report.failed[[0..${maxFailures - 1}]].{'service': service, 'reason': ${shortened('reason')}}`

const cause = objectOf({
  secret: '$report.secret',
  label: '$report.label',
  versionId: '$report.versionId',
  change: '$report.change',
  ending: '$ending',
  counts: '$report.counts',
  failed: `[${failures}]`,
  message: shortened('$report.message', maxMessageLength),
  error: '$caught.error',
  cause: '$caught.cause',
})
