import { isStoreError } from '@breakwater/circuit'
import type { DescribeService } from '../discover/services.ts'
import type { DeploymentFacts, LabelChangeRef, ServiceRecord } from '../model.ts'
import type { StartAnswer, StartRequest } from '../workflow/protocol.ts'
import type { AuditLog } from './audit-log.ts'
import { begunSince, type Decision, decide, started } from './decide.ts'
import type { ExecutorOptions } from './executor-options.ts'
import { type UpdateResult, updateService } from './update-service.ts'

/** Time before its slot in which a recycle is put on record and the circuit looked at, in ms. */
const leadMs = 500
/** How often UpdateService is tried within one request, and the longest waits between, in ms. */
const attempts = 5
const baseMs = 1_000
const maxMs = 10_000

/** A decision, and the record of the service by which it was made. */
interface Assessment {
  readonly decision: Decision
  readonly record: ServiceRecord | undefined
  readonly revision: number
}

/** The intent to recycle a service: it is on record, and UpdateService may be sent in its slot. */
interface Reservation {
  readonly record: ServiceRecord & Required<Pick<ServiceRecord, 'intent'>>
  readonly revision: number
}

/** Recycles a service once for a label change, however often it is asked to, and wherever it was given up before. */
export class Starter {
  readonly #options: Required<ExecutorOptions>
  readonly #describe: DescribeService
  readonly #auditLog: AuditLog

  constructor(options: Required<ExecutorOptions>, describe: DescribeService, auditLog: AuditLog) {
    this.#options = options
    this.#describe = describe
    this.#auditLog = auditLog
  }

  async start(request: StartRequest): Promise<StartAnswer> {
    const { bucket, rateWaitMs, clock, sleep, random } = this.#options
    let reservation: Reservation | undefined
    let throttling: unknown
    for (let attempt = 1; attempt <= attempts; attempt++) {
      let assessment = await this.#look(request, reservation)
      if (!('go' in assessment.decision))
        return this.#end(reservation, await this.#conclude(request, assessment))
      const slot = await bucket.reserve(leadMs, rateWaitMs)
      if ('waitMs' in slot) {
        return this.#end(reservation, this.#busy(slot.waitMs, 'the shared rate of UpdateService is used up'))
      }
      if (slot.at - clock.now() > 2 * leadMs) {
        // What was true before a wait may not be true after it.
        await slot.wait(leadMs)
        assessment = await this.#look(request, reservation)
        if (!('go' in assessment.decision))
          return this.#end(reservation, await this.#conclude(request, assessment))
      }
      reservation = await this.#reserve(request, assessment, assessment.decision.primary, slot.at)
      if (!reservation) return this.#busy(leadMs, 'another execution recycles it')
      await slot.wait()
      const sent = await updateService(this.#dependencies, request.target, slot)
      throttling = undefined
      if (sent.kind === 'late') continue
      if (sent.kind !== 'throttled') return this.#sent(request, reservation, sent)
      throttling = sent.error
      await sleep(Math.ceil(random() * Math.min(maxMs, baseMs * 2 ** (attempt - 1))))
    }
    const answer = await this.#end(
      reservation,
      this.#busy(maxMs, 'the store is too slow for the shared rate'),
    )
    if (throttling !== undefined) throw throttling
    return answer
  }

  get #dependencies() {
    const { ecs, circuit, settleMs } = this.#options
    return { ecs, circuit, timeoutMs: settleMs / 4 }
  }

  async #look(request: StartRequest, reservation: Reservation | undefined): Promise<Assessment> {
    const { records, clock, optIn, deploymentTimeoutMs } = this.#options
    const { change, labelChange, target } = request
    const { source, label } = labelChange
    const situation = await records.situation({ change, source, label, service: target.service })
    // After the records: what was begun since they were read is seen here.
    const facts = await this.#describe(target)
    const unsent = reservation?.revision
    const input = { request, situation, facts, now: clock.now(), unsent, optIn, deploymentTimeoutMs }
    const { value: record, revision } = situation.service
    return { decision: decide(input), record, revision }
  }

  /** Answers what was decided, other than to go on. */
  async #conclude(request: StartRequest, { decision, record, revision }: Assessment): Promise<StartAnswer> {
    if ('adopt' in decision) return this.#begun(request, record, revision, decision.adopt)
    if (!('answer' in decision)) throw new Error('there is nothing to conclude')
    const { answer } = decision
    if (answer.state === 'left-alone') return this.#auditLog.leftAlone(request, answer.reason, answer.text)
    // Once more, in case that the record was written and its audit was not.
    if (answer.state === 'started') await this.#auditLog.started(request, answer.deployment, answer.startedAt)
    return answer
  }

  /** Ends a request that sends nothing more. */
  async #end(reservation: Reservation | undefined, answer: StartAnswer): Promise<StartAnswer> {
    if (reservation) await this.#release(reservation)
    return answer
  }

  /** Puts on record that a service is about to be recycled; undefined where another execution was quicker. */
  async #reserve(
    { execution, labelChange, target }: StartRequest,
    { record, revision }: Assessment,
    primary: string,
    slotAt: number,
  ): Promise<Reservation | undefined> {
    const { records, circuit, clock, settleMs } = this.#options
    const until = slotAt + settleMs
    const intent = { execution, at: clock.now(), until, primary, labelChange: servedBy(labelChange) }
    const next = { ...record, service: target.service, intent }
    const saved = await records.saveService(next, revision)
    if (saved === undefined) return undefined
    // Before the slot, so that the circuit need not ask its store then.
    await circuit.refresh()
    return { record: next, revision: saved }
  }

  /** Takes the intent back, of what was surely not carried out. Should that fail, it lapses by itself. */
  async #release({ record: { intent: _, ...record }, revision }: Reservation): Promise<void> {
    await this.#options.records.saveService(record, revision).catch((error: unknown) => {
      if (!isStoreError(error)) throw error
    })
  }

  async #sent(
    request: StartRequest,
    reservation: Reservation,
    sent: Exclude<UpdateResult, { kind: 'late' | 'throttled' }>,
  ) {
    if (sent.kind === 'answered') {
      const deployment = begunSince(sent.facts, reservation.record.intent)
      if (!deployment) throw new Error('UpdateService was answered without a new deployment')
      return this.#begun(request, reservation.record, reservation.revision, deployment)
    }
    if (sent.kind === 'refused') await this.#auditLog.failed(request, sent.reason)
    await this.#release(reservation)
    if (sent.kind === 'rejected') throw sent.error
    if (sent.kind === 'gone')
      return this.#auditLog.leftAlone(request, 'gone', 'there is no such service any more')
    return { state: 'failed', reason: sent.reason } as const
  }

  /** Puts on record that the deployment is there. */
  async #begun(
    request: StartRequest,
    record: ServiceRecord | undefined,
    revision: number,
    { id: deployment, createdAt }: DeploymentFacts,
  ): Promise<StartAnswer> {
    const { records } = this.#options
    const { execution, labelChange, target } = request
    const last = {
      execution,
      at: createdAt,
      deployment,
      labelChange: servedBy(labelChange),
      outcome: 'started',
    } as const
    const { service } = record ?? target
    const saved = await records.saveService({ service, last }, revision)
    if (saved === undefined) {
      const { value } = await records.service(service)
      if (value?.last?.deployment !== deployment)
        throw new Error('another execution recycles the same service')
    }
    await this.#auditLog.started(request, deployment, createdAt)
    return started(deployment, createdAt, this.#options.clock.now())
  }

  /** The wait is randomly up to twice as long, so that not all ask again at once. */
  #busy(waitMs: number, why: string): StartAnswer {
    const seconds = Math.max(1, Math.ceil((waitMs * (1 + this.#options.random())) / 1_000))
    return { state: 'busy', seconds, why }
  }
}

function servedBy({ source, label, versionId, sequence }: LabelChangeRef): LabelChangeRef {
  return { source, label, versionId, sequence }
}
