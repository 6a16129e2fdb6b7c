import type { Move } from '../model.ts'
import { changeIdOf } from '../observe/change-id.ts'
import type { RecycleInput } from '../workflow/protocol.ts'
import type { PlannerParts } from './parts.ts'

/**
 * Starts the first execution for a change, unless a run is on record: duplicates start nothing, and one that died is
 * taken up by the reconcile.
 */
export async function ensureRun(
  { records, executions, options }: Pick<PlannerParts, 'records' | 'executions' | 'options'>,
  move: Move,
): Promise<'started' | 'exists'> {
  const change = changeIdOf(move)
  const { value: run } = await records.run(change)
  if (run) return 'exists'
  return executions.start(`${change}-${options?.dryRun === false ? 1 : 'dry'}`, inputOf(move))
}

/** What an execution for a move is started with: the same every time, as a name stands for an input. */
export function inputOf({ source, label, sequence }: Move): RecycleInput {
  return { secretId: source, label, sequence }
}
