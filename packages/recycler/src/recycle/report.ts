import { systemClock } from '@breakwater/circuit'
import { changeIdOf } from '../observe/label-change.ts'
import type { Records } from '../records/records.ts'
import type { RecycleReport, ReportRequest } from '../workflow/protocol.ts'
import type { PlannerDependencies } from './planner-options.ts'

const messages: Readonly<Record<RecycleReport['ending'], string>> = {
  finished: 'Every service that can be recycled runs with the current version.',
  failed:
    'A deployment failed or does not end, and nothing more is started. A rollback does not bring the old version back: tasks that start read the current one. Mend the service or the secret, then start the workflow by hand with the secret’s id; a new version of the secret starts it anew.',
  stopped: 'Nothing is recycled as long as it is so; the next reconcile after that goes on.',
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
  // Where nothing was planned, as recycles are stopped, the change itself says what it is about.
  const known = done ?? (await changeOf(records, change))
  const secret = known?.secret ?? input.secretId
  const reason = await reasonOf(records, ending, change)
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
    label: known?.label ?? input.label ?? '',
    versionId: known?.versionId ?? null,
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

/** Source, label and version of a change. */
async function changeOf(records: Records, change: string | undefined) {
  if (change === undefined) return undefined
  const found = (await records.labelChanges()).find(one => changeIdOf(one) === change)
  return found && { secret: found.source, label: found.label, versionId: found.versionId }
}

/** Why it ended so, where somebody or something said. */
async function reasonOf(
  records: Records,
  ending: RecycleReport['ending'],
  change: string | undefined,
): Promise<string | undefined> {
  if (ending === 'failed' && change) return (await records.run(change)).value?.reason
  const stop = ending === 'stopped' ? await records.killSwitch.status() : undefined
  if (!stop) return undefined
  const until = stop.until === undefined ? 'released' : new Date(stop.until).toISOString()
  return `${stop.by} stopped all recycles until ${until}: ${stop.reason}`
}

function causeOf(error = 'unknown', cause = ''): string {
  return `${error}${cause && `: ${cause}`}`.slice(0, 1_000)
}
