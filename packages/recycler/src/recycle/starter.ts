import { isStoreError } from '@breakwater/circuit'
import type { DescribeService } from '../discover/services.ts'
import type { DeploymentFacts, ServedMove, ServiceRecord } from '../model.ts'
import type { StartAnswer, StartRequest } from '../workflow/protocol.ts'
import type { Books } from './audit-log.ts'
import { begunSince, type Decision, decide, started } from './decide.ts'
import type { ExecutorOptions } from './executor-options.ts'
import { type Sent, updateService } from './update-service.ts'

/** Time before its slot in which a recycle is put on record and the circuit looked at, in ms. */
const leadMs = 500
/** How often UpdateService is tried within one request, and the longest waits between, in ms. */
const attempts = 5
const baseMs = 1_000
const longestMs = 10_000

/** What was decided, and the record of the service that it was decided by. */
interface Looked {
  readonly decision: Decision
  readonly record: ServiceRecord | undefined
  readonly revision: number
}

/** A recycle that is on record, and may begin in its slot. */
interface Held {
  readonly record: ServiceRecord & Required<Pick<ServiceRecord, 'intent'>>
  readonly revision: number
}

/** Recycles a service once for a move, whoever asks how often, and wherever it was given up before. */
export class Starter {
  readonly #options: Required<ExecutorOptions>
  readonly #describe: DescribeService
  readonly #books: Books

  constructor(options: Required<ExecutorOptions>, describe: DescribeService, books: Books) {
    this.#options = options
    this.#describe = describe
    this.#books = books
  }

  async start(request: StartRequest): Promise<StartAnswer> {
    const { bucket, rateWaitMs, clock, sleep, random } = this.#options
    let held: Held | undefined
    let throttling: unknown
    for (let attempt = 1; attempt <= attempts; attempt++) {
      let looked = await this.#look(request, held)
      if (!('go' in looked.decision)) return this.#end(held, await this.#conclude(request, looked))
      const slot = await bucket.reserve(leadMs, rateWaitMs)
      if ('waitMs' in slot) {
        return this.#end(held, this.#busy(slot.waitMs, 'the shared rate of UpdateService is used up'))
      }
      if (slot.at - clock.now() > 2 * leadMs) {
        // What was true before a wait may not be true after it.
        await slot.wait(leadMs)
        looked = await this.#look(request, held)
        if (!('go' in looked.decision)) return this.#end(held, await this.#conclude(request, looked))
      }
      held = await this.#hold(request, looked, looked.decision.primary, slot.at)
      if (!held) return this.#busy(leadMs, 'another execution is at it')
      await slot.wait()
      const sent = await updateService(this.#parts, request.target, slot)
      throttling = undefined
      if (sent.kind === 'late') continue
      if (sent.kind !== 'throttled') return this.#sent(request, held, sent)
      throttling = sent.error
      await sleep(Math.ceil(random() * Math.min(longestMs, baseMs * 2 ** (attempt - 1))))
    }
    const answer = await this.#end(held, this.#busy(longestMs, 'the store is too slow for the shared rate'))
    if (throttling !== undefined) throw throttling
    return answer
  }

  get #parts() {
    const { ecs, circuit, settleMs } = this.#options
    return { ecs, circuit, timeoutMs: settleMs / 4 }
  }

  async #look(request: StartRequest, held: Held | undefined): Promise<Looked> {
    const { records, clock, optIn, deploymentTimeoutMs } = this.#options
    const { change, move, target } = request
    const { source, label } = move
    const situation = await records.situation({ change, source, label, service: target.service })
    // After the records: what was begun since they were read is seen here.
    const facts = await this.#describe(target)
    const unsent = held?.revision
    const known = { request, situation, facts, now: clock.now(), unsent, optIn, deploymentTimeoutMs }
    const { value: record, revision } = situation.service
    return { decision: decide(known), record, revision }
  }

  /** Answers what was decided, other than to go on. */
  async #conclude(request: StartRequest, { decision, record, revision }: Looked): Promise<StartAnswer> {
    if ('adopt' in decision) return this.#begun(request, record, revision, decision.adopt)
    if ('fail' in decision) return this.#books.failed(request, decision.fail)
    if (!('answer' in decision)) throw new Error('there is nothing to conclude')
    const { answer } = decision
    if (answer.state === 'left') return this.#books.left(request, answer.reason, answer.text)
    // Once more, in case that the record was written and its audit was not.
    if (answer.state === 'started') await this.#books.started(request, answer.deployment, answer.startedAt)
    return answer
  }

  /** Ends a request that sends nothing more. */
  async #end(held: Held | undefined, answer: StartAnswer): Promise<StartAnswer> {
    if (held) await this.#letGo(held)
    return answer
  }

  /** Puts on record that a service is about to be recycled; undefined where somebody else was quicker. */
  async #hold(
    { execution, move, target }: StartRequest,
    { record, revision }: Looked,
    primary: string,
    slotAt: number,
  ): Promise<Held | undefined> {
    const { records, circuit, clock, settleMs } = this.#options
    const until = slotAt + settleMs
    const intent = { run: execution, at: clock.now(), until, primary, move: servedBy(move) }
    const next = { ...record, service: target.service, intent }
    const saved = await records.saveService(next, revision)
    if (saved === undefined) return undefined
    // Before the slot, so that the circuit need not ask its store then.
    await circuit.refresh()
    return { record: next, revision: saved }
  }

  /** Takes the intent back, of what was surely not carried out. Should that fail, it lapses by itself. */
  async #letGo({ record: { intent: _, ...record }, revision }: Held): Promise<void> {
    await this.#options.records.saveService(record, revision).catch((error: unknown) => {
      if (!isStoreError(error)) throw error
    })
  }

  async #sent(request: StartRequest, held: Held, sent: Exclude<Sent, { kind: 'late' | 'throttled' }>) {
    if (sent.kind === 'answered') {
      const deployment = begunSince(sent.facts, held.record.intent)
      if (!deployment) throw new Error('UpdateService was answered without a new deployment')
      return this.#begun(request, held.record, held.revision, deployment)
    }
    if (sent.kind === 'refused') await this.#books.failed(request, sent.reason)
    await this.#letGo(held)
    if (sent.kind === 'rejected') throw sent.error
    if (sent.kind === 'gone') return this.#books.left(request, 'gone', 'there is no such service any more')
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
    const { execution, move, target } = request
    const last = {
      run: execution,
      at: createdAt,
      deployment,
      move: servedBy(move),
      outcome: 'started',
    } as const
    const { service } = record ?? target
    const saved = await records.saveService({ service, last }, revision)
    if (saved === undefined) {
      const { value } = await records.service(service)
      if (value?.last?.deployment !== deployment) throw new Error('somebody else recycles the same service')
    }
    await this.#books.started(request, deployment, createdAt)
    return started(deployment, createdAt, this.#options.clock.now())
  }

  /** Whoever is told to come again comes by chance up to twice as late, so that they do not all come at once. */
  #busy(waitMs: number, why: string): StartAnswer {
    const seconds = Math.max(1, Math.ceil((waitMs * (1 + this.#options.random())) / 1_000))
    return { state: 'busy', seconds, why }
  }
}

function servedBy({ source, label, versionId, sequence }: ServedMove): ServedMove {
  return { source, label, versionId, sequence }
}
