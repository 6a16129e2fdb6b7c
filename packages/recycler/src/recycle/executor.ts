import { type DescribeService, serviceDescriber } from '../discover/services.ts'
import type { CheckAnswer, CheckRequest, StartAnswer, StartRequest } from '../workflow/protocol.ts'
import { AuditLog } from './audit-log.ts'
import { outcomeOf, pollSeconds } from './deployment.ts'
import { checkExecutorOptions, type ExecutorOptions } from './executor-options.ts'
import { Starter } from './starter.ts'

const noReason = 'its deployment failed'

/**
 * Recycles services one by one, each once for a label change, and sees how their deployments went. Every request may be made
 * again, and be given up at any point: what was begun is on record, and is found before anything is done twice.
 *
 * @throws TypeError for a bad option, naming it, its value and what is allowed.
 * @example
 * const executor = new Executor({
 *   ecs: new ECSClient({ maxAttempts: 1 }),
 *   records,
 *   circuit: new Circuit('ecs-update-service', { store: circuits, classify: classifyAws }),
 *   bucket: sharedBucket({ store: records.store, name: 'ecs-update-service' }),
 * })
 * const answer = await executor.start(request)
 */
export class Executor {
  readonly #options: Required<ExecutorOptions>
  readonly #describe: DescribeService
  readonly #auditLog: AuditLog
  readonly #starter: Starter

  constructor(options: ExecutorOptions) {
    const checked = checkExecutorOptions(options)
    this.#options = checked
    this.#describe = serviceDescriber(checked)
    this.#auditLog = new AuditLog(checked.records, checked.clock)
    this.#starter = new Starter(checked, this.#describe, this.#auditLog)
  }

  /**
   * Recycles a service, unless there is a reason not to: then the answer says which.
   *
   * @throws CircuitOpenError while UpdateService is known to fail; StoreError; what ECS answers where it throttles without
   * end, or leaves open what it did. Ask again then.
   */
  start(request: StartRequest): Promise<StartAnswer> {
    return this.#starter.start(request)
  }

  /**
   * Says how a deployment stands. One that failed ends the recycles of its change before anything else is done.
   *
   * @throws StoreError; what ECS answers where it throttles without end. Ask again then.
   */
  async check(request: CheckRequest): Promise<CheckAnswer> {
    const { records, clock, deploymentTimeoutMs } = this.#options
    const { target, deployment, startedAt } = request
    const { value } = await records.service(target.service)
    const last = value?.last?.deployment === deployment ? value.last : undefined
    if (last?.outcome === 'completed') return { state: 'completed' }
    if (last?.outcome === 'failed') return { state: 'failed', reason: last.reason ?? noReason }
    const facts = await this.#describe(target)
    const now = clock.now()
    const outcome = outcomeOf(facts, deployment, startedAt, now, deploymentTimeoutMs)
    if (outcome.state === 'failed') {
      await this.#auditLog.failed(request, outcome.reason, deployment)
      await this.#auditLog.close(request, 'failed', outcome.reason)
      return outcome
    }
    if (outcome.state === 'gone')
      return this.#auditLog.leftAlone(request, 'gone', 'the service was deleted during its deployment')
    if (outcome.state === 'in-progress') return { ...outcome, seconds: pollSeconds(now - startedAt) }
    await this.#auditLog.completed(request)
    await this.#auditLog.close(request, 'completed')
    return { state: 'completed' }
  }
}
