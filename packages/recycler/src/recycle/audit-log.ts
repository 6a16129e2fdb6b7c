import { createHash } from 'node:crypto'
import type { Clock } from '@breakwater/circuit'
import type { AuditEntry } from '../records/codecs.ts'
import type { Records } from '../records/records.ts'
import type { CheckRequest, LeftAloneReason, StartRequest } from '../workflow/protocol.ts'

type Request = StartRequest | CheckRequest

/** Writes down what is decided about services. */
export class AuditLog {
  readonly #records: Records
  readonly #clock: Clock

  constructor(records: Records, clock: Clock) {
    this.#records = records
    this.#clock = clock
  }

  /** A deployment began, at `at` (epoch ms). Said again, it stays one record. */
  started(request: StartRequest, deployment: string, at: number): Promise<void> {
    return this.#audit(request, { act: 'started', at, deployment })
  }

  async leftAlone(request: Request, reason: LeftAloneReason, text: string) {
    await this.#audit(request, { act: 'left-alone', at: this.#clock.now(), reason, text })
    return { state: 'left-alone', reason, text } as const
  }

  /** Ends the recycles of the change, before anything else is done. */
  async failed(request: Request, reason: string, deployment?: string) {
    await this.#records.failRun(request.change, `${request.target.name}: ${reason}`)
    const about = deployment === undefined ? {} : { deployment }
    await this.#audit(request, { act: 'failed', at: this.#clock.now(), text: reason, ...about })
    return { state: 'failed', reason } as const
  }

  completed(request: CheckRequest): Promise<void> {
    const { deployment } = request
    return this.#audit(request, { act: 'completed', at: this.#clock.now(), deployment })
  }

  /** Puts on the record of the service how its recycle ended, unless that is there, or another recycle. */
  async close(request: CheckRequest, outcome: 'completed' | 'failed', reason?: string): Promise<void> {
    const { target, deployment } = request
    for (;;) {
      const { value, revision } = await this.#records.service(target.service)
      if (value?.last?.deployment !== deployment || value.last.outcome !== 'started') return
      const last = { ...value.last, outcome, ...(reason !== undefined && { reason }) }
      if ((await this.#records.saveService({ ...value, last }, revision)) !== undefined) return
    }
  }

  /** The same decision about the same deployment at the same time is the same record. */
  #audit(
    { labelChange, change, execution, target }: Request,
    decided: Pick<AuditEntry, 'act' | 'at' | 'deployment' | 'reason' | 'text'>,
  ): Promise<void> {
    const { source, label, versionId, sequence } = labelChange
    const { service } = target
    const about = JSON.stringify([change, service, decided.act, decided.deployment, decided.reason])
    const id = createHash('sha256').update(about).digest('hex').slice(0, 32)
    const entry = { change, execution, label, versionId, sequence, service, ...decided }
    return this.#records.audit(source, entry, id)
  }
}
