import { type Clock, systemClock } from '@breakwater/circuit'
import {
  aFunction,
  anObject,
  type Checks,
  checkOptions,
  escapeControls,
  invalid,
  required,
  textLike,
} from '@breakwater/circuit/shared'
import { aClock, regionAndAccountChecks } from '../aws/checks.ts'
import { type BusEvent, type EventEntry, eventOf } from '../aws/event.ts'
import { type RegionAndAccount, regionAndAccountOf } from '../aws/identifiers.ts'
import { maxLevels, nestsTooDeep } from '../aws/parse-json.ts'
import { type DeliveryOptions, type DroppedEvent, TargetDeliveries } from './deliveries.ts'
import { type Rule, ruleOf } from './rule.ts'

/** Options of {@link createEventBus}. */
export interface EventBusOptions extends RegionAndAccount {
  /** Name of the bus; `default` for the one every account has. */
  readonly name: string
  /** Properties of the bus's AWS::Events::Rule resources, references resolved, by logical id. */
  readonly rules: Readonly<Record<string, unknown>>
  /**
   * Delivers an input (JSON text, or any text of an InputTransformer) to a target. If it throws or rejects, the delivery
   * is tried again, unless the error says `retryable: false`.
   */
  readonly deliver: DeliveryOptions['deliver']
  /** Sends an event that could not be delivered to its target's dead-letter queue. @default it counts as dropped */
  readonly deadLetter?: NonNullable<DeliveryOptions['deadLetter']>
  /** Called with every event that reached neither its target nor a dead-letter queue. @default a line on stderr */
  readonly dropped?: NonNullable<DeliveryOptions['dropped']>
  /** @default the machine's */
  readonly clock?: Clock
  /** Spreads retries; 0 (included) to 1 (excluded). @default Math.random */
  readonly random?: () => number
}

/** An event bus with its rules. */
export interface EventBus {
  readonly name: string
  readonly arn: string
  /**
   * Takes an event in and begins to deliver it to the targets of every rule it matches.
   *
   * @throws Error once the bus is closed; TypeError for a detail of more than 1,000 levels, which cannot be written as JSON.
   */
  put(entry: EventEntry): BusEvent
  /** Ends schedules and retries, whose events count as dropped, and waits for the deliveries that are under way. */
  close(): Promise<void>
}

const checks: Checks<EventBusOptions> = {
  ...regionAndAccountChecks,
  name: required(textLike(/^[\w.-]{1,256}$/, 'a text of 1 to 256 letters, digits, and . _ -')),
  rules: required(anObject),
  deliver: required(aFunction),
  deadLetter: aFunction,
  dropped: aFunction,
  clock: aClock,
  random: aFunction,
}

/** Timers hold no more; longer waits are made of several. */
const maxTimerMs = 2_147_483_647

/**
 * Makes an event bus in this process, with EventBridge's pattern matching, input transformation, retries, dead letters
 * and schedules.
 *
 * @throws TypeError naming the option, or the rule and the property that is wrong or not supported.
 * @example
 * const bus = createEventBus({
 *   name: 'default',
 *   rules: { Opened: { EventPattern: { source: ['breakwater'] }, Targets: [{ Id: 'pause', Arn: pauseArn }] } },
 *   deliver: (arn, input) => functions.get(arn).invoke(input),
 * })
 * bus.put({ source: 'breakwater', detailType: 'Circuit State Changed', detail: { circuit: 'payments', to: 'OPEN' } })
 */
export function createEventBus(options: EventBusOptions): EventBus {
  const {
    name,
    clock = systemClock,
    random = Math.random,
    deliver,
    deadLetter,
    dropped = logDropped,
  } = checkOptions('createEventBus', options, checks)
  const regionAndAccount = regionAndAccountOf(options)
  const arn = `arn:aws:events:${regionAndAccount.region}:${regionAndAccount.account}:event-bus/${name}`
  const rules = Object.entries(options.rules)
    .map(([id, properties]) => ruleOf(id, properties, { name, arn }))
    .filter(rule => rule.enabled)
  const deliveries = new TargetDeliveries({
    deliver,
    ...(deadLetter && { deadLetter }),
    dropped,
    clock,
    random,
  })
  let closed = false

  function deliverTo(rule: Rule, event: BusEvent): void {
    for (const target of rule.targets) deliveries.begin(rule, target, event)
  }

  const stops = rules.map(rule =>
    runSchedule(rule, clock, () => {
      const event = { source: 'aws.events', detailType: 'Scheduled Event', detail: {}, resources: [rule.arn] }
      deliverTo(rule, eventOf(event, clock.now(), regionAndAccount))
    }),
  )

  return {
    name,
    arn,
    put(entry) {
      if (closed) throw new Error(`The event bus ${name} is closed`)
      if (nestsTooDeep(entry.detail))
        throw invalid('put: detail', entry.detail, `one of at most ${maxLevels} levels`)
      const event = eventOf(entry, clock.now(), regionAndAccount)
      for (const rule of rules) if (rule.matches(event)) deliverTo(rule, event)
      return event
    },
    async close() {
      closed = true
      for (const stop of stops) stop()
      await deliveries.close()
    },
  }
}

/** Calls `fire` at every time of the rule's schedule, if it has one, until the returned function is called. */
function runSchedule({ schedule }: Rule, clock: Clock, fire: () => void): () => void {
  if (!schedule) return () => {}
  let timer: unknown
  const waitUntil = (dueAt: number) => {
    const leftMs = dueAt - clock.now()
    const next = () => {
      if (leftMs > maxTimerMs) return waitUntil(dueAt)
      // After a freeze the times that were missed are not made up for.
      waitUntil(schedule(Math.max(dueAt, clock.now())))
      fire()
    }
    timer = clock.setTimeout(next, Math.min(leftMs, maxTimerMs))
  }
  waitUntil(schedule(clock.now()))
  return () => clock.clearTimeout(timer)
}

function logDropped({ event, targetArn, reason, error }: DroppedEvent): void {
  const line = `Event ${event.id} (${event['detail-type']}) did not reach ${targetArn} (${reason}): ${error}`
  console.error(escapeControls(line))
}
