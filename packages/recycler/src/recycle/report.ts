import { systemClock } from '@breakwater/circuit'
import type { RecycleReport, ReportRequest } from '../workflow/protocol.ts'
import type { PlannerDependencies } from './planner-options.ts'

const messages: Readonly<Record<RecycleReport['ending'], string>> = {
  finished: 'Every service that can be recycled runs with the current version.',
  failed:
    'A deployment failed or does not end, and nothing more is started. A rollback does not bring the old version back: tasks that start read the current one. Mend the service or the secret, then start the workflow by hand with the secret’s id; a new version of the secret starts it anew.',
  stopped: 'All recycles are stopped by hand. Once they are released, the next reconcile goes on.',
  superseded: 'The label moved again; another execution takes care of the new version.',
  'already-running': 'Another execution works on this change.',
  'dry-run': 'Nothing was recycled: this was a dry run.',
  error: 'The workflow itself failed, and nothing more was started. The next reconcile tries again.',
}

/** Puts on record how an execution ended, and reports what became of it. */
export async function report(
  dependencies: PlannerDependencies,
  request: ReportRequest,
): Promise<RecycleReport> {
  const { records, clock = systemClock, observe } = dependencies
  const { execution, input, ending, error, cause } = request
  const done = await records.execution(execution)
  const change = request.change ?? done?.change
  if (change !== undefined && ending !== 'already-running' && ending !== 'dry-run') {
    // What was marked failed stays so. An error lets the reconcile take it up again.
    const status = ending === 'error' ? 'stopped' : ending
    await records.changeRun(change, run => {
      if (run.execution !== execution || run.status === 'failed') return undefined
      return { ...run, status, ...(error !== undefined && { reason: causeOf(error, cause) }) }
    })
  }
  const secret = done?.secret ?? input.secretId
  const reason = ending === 'failed' && change ? (await records.run(change)).value?.reason : undefined
  const why = ending === 'error' ? causeOf(error, cause) : reason
  const message = why ? `${why.replace(/\.$/, '')}. ${messages[ending]}` : messages[ending]
  if (done) {
    await records.audit(done.secret, {
      at: clock.now(),
      act: 'reported',
      ...(change !== undefined && { change }),
      execution,
      reason: ending,
      text: message.slice(0, 2_000),
    })
  }
  observe?.({ ending })
  return {
    secret,
    label: done?.label ?? input.label ?? '',
    versionId: done?.versionId ?? null,
    change: change ?? null,
    ending,
    dryRun: ending === 'dry-run',
    counts: done?.counts ?? { candidates: 0, stale: 0, recycled: 0, skipped: 0, failed: 0 },
    recycled: done?.recycled ?? [],
    skipped: done?.skipped ?? [],
    failed: done?.failed ?? [],
    ...(ending === 'dry-run' && done?.plan && { plan: done.plan }),
    message,
  }
}

function causeOf(error = 'unknown', cause = ''): string {
  return `${error}${cause && `: ${cause}`}`.slice(0, 1_000)
}
