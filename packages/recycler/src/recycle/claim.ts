import type { Clock } from '@breakwater/circuit'
import type { Move, RunRecord } from '../model.ts'
import { changeIdOf } from '../observe/change-id.ts'
import type { Records } from '../records/records.ts'
import type { Executions } from './executions.ts'

/** Whether an execution may work on a change. */
export type Claim =
  | { readonly mine: true; readonly run: RunRecord }
  | { readonly mine: false; readonly ending: 'already-running' | 'failed' }

/**
 * Takes a change in hand, so that no two executions recycle for it at once. One that is dead is followed; one that
 * failed only by a person, who names no change.
 */
export async function claim(
  { records, executions, clock }: { records: Records; executions: Executions; clock: Clock },
  { move, execution, byHand }: { move: Move; execution: string; byHand: boolean },
): Promise<Claim> {
  const change = changeIdOf(move)
  for (;;) {
    const { value: before, revision } = await records.run(change)
    if (before?.execution === execution) {
      if (before.status === 'failed') return { mine: false, ending: 'failed' }
      if (before.status === 'running') return { mine: true, run: before }
    } else if (before?.status === 'failed' && !byHand) {
      return { mine: false, ending: 'failed' }
    } else if (before?.status === 'running' && (await executions.isRunning(before.execution))) {
      return { mine: false, ending: 'already-running' }
    }
    const { source, label, versionId, sequence } = move
    const run: RunRecord = {
      change,
      move: { source, label, versionId, sequence },
      attempt: (before?.attempt ?? 0) + 1,
      execution,
      status: 'running',
      startedAt: before?.startedAt ?? clock.now(),
      canaryDone: before?.canaryDone ?? false,
    }
    if ((await records.saveRun(run, revision)) !== undefined) return { mine: true, run }
  }
}
