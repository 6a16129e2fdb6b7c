import { invalid } from '@breakwater/circuit/shared'
import type {
  PlanAnswer,
  PlannerRequest,
  RecycleReport,
  StaleAnswer,
  VerifyAnswer,
} from '../workflow/protocol.ts'
import { nextStep } from './next.ts'
import type { PlannerDependencies } from './planner-options.ts'
import { type ReconcileResult, reconcile } from './reconcile.ts'
import { report } from './report.ts'
import { whoIsStale } from './stale.ts'
import { verify } from './verify.ts'

/** What a planner answers. */
export type PlannerAnswer = PlanAnswer | VerifyAnswer | RecycleReport | StaleAnswer | ReconcileResult

/**
 * Says what to recycle, and what became of it. It reads, and writes nothing but its own records.
 *
 * @example
 * const planner = new Planner({ ecs, secrets, ssm, records, cache, executions, options: { dryRun: false } })
 * const { next, wave } = await planner.answer({ action: 'plan', execution: 'by-hand', input: { secretId: 'db' }, recycled: 0 })
 */
export class Planner {
  readonly #dependencies: PlannerDependencies

  constructor(dependencies: PlannerDependencies) {
    this.#dependencies = dependencies
  }

  /**
   * Answers the workflow, or the schedule of the reconcile. Doing the same again is harmless.
   *
   * @throws TypeError for a request that is none, and for a secret that is not there; StoreError; what the clients throw.
   */
  answer(request: PlannerRequest): Promise<PlannerAnswer> {
    switch (request?.action) {
      case 'plan':
        return nextStep(this.#dependencies, request)
      case 'verify':
        return verify(this.#dependencies, request)
      case 'report':
        return report(this.#dependencies, request)
      case 'stale':
        return whoIsStale(this.#dependencies, request)
      case 'reconcile':
        return reconcile(this.#dependencies)
      default:
        throw invalid(
          'action',
          (request as { action?: unknown } | undefined)?.action,
          'plan, verify, report, stale or reconcile',
        )
    }
  }
}
