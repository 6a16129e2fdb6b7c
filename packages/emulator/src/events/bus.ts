import { type Clock, systemClock } from '@breakwater/circuit'
import { invalid } from '@breakwater/circuit/shared'
import { type BusEvent, type EventEntry, eventOf } from '../aws/event.ts'
import { type Place, placeOf } from '../aws/identifiers.ts'
import { Courier, type CourierOptions, type Dropped } from './deliveries.ts'
import { type Rule, ruleOf } from './rule.ts'

/** Options of {@link createEventBus}. */
export interface EventBusOptions extends Place {
  /** Name of the bus; `default` for the one every account has. */
  readonly name: string
  /** Properties of the bus's AWS::Events::Rule resources, references resolved, by logical id. */
  readonly rules: Readonly<Record<string, unknown>>
  /**
   * Brings an input (JSON text, or whatever text an InputTransformer makes) to a target. What it throws or rejects with
   * is tried again, unless the error says `retryable: false`.
   */
  readonly deliver: CourierOptions['deliver']
  /** Sends what could not be delivered to a target's dead-letter queue. @default it counts as dropped */
  readonly deadLetter?: NonNullable<CourierOptions['deadLetter']>
  /** Told of every event that reached neither its target nor a dead-letter queue. @default a line on stderr */
  readonly dropped?: NonNullable<CourierOptions['dropped']>
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
   * @throws Error once the bus is closed.
   */
  put(entry: EventEntry): BusEvent
  /** Ends schedules and retries, whose events count as dropped, and waits for the deliveries that are under way. */
  close(): Promise<void>
}

/** Timers hold no more; longer waits are made of several. */
const longestTimerMs = 2_147_483_647

/**
 * Makes an event bus in this process, with EventBridge's pattern matching, input transformation, retries, dead letters
 * and schedules.
 *
 * @throws TypeError naming the rule and the property that is wrong or not supported.
 * @example
 * const bus = createEventBus({
 *   name: 'default',
 *   rules: { Opened: { EventPattern: { source: ['breakwater'] }, Targets: [{ Id: 'pause', Arn: pauseArn }] } },
 *   deliver: (arn, input) => functions.get(arn).invoke(input),
 * })
 * bus.put({ source: 'breakwater', detailType: 'Circuit State Changed', detail: { circuit: 'payments', to: 'OPEN' } })
 */
export function createEventBus(options: EventBusOptions): EventBus {
  const { name, clock = systemClock, random = Math.random, deliver, deadLetter, dropped = tell } = options
  if (typeof name !== 'string' || !/^[\w.-]{1,256}$/.test(name)) {
    throw invalid('name', name, 'a text of 1 to 256 letters, digits, and . _ -')
  }
  if (typeof deliver !== 'function') throw invalid('deliver', deliver, 'a function')
  const place = placeOf(options)
  const arn = `arn:aws:events:${place.region}:${place.account}:event-bus/${name}`
  const rules = Object.entries(options.rules)
    .map(([id, properties]) => ruleOf(id, properties, { name, arn }))
    .filter(rule => rule.enabled)
  const courier = new Courier({ deliver, ...(deadLetter && { deadLetter }), dropped, clock, random })
  const timers = new Map<Rule, unknown>()
  let closed = false

  function schedule(rule: Rule, dueAt: number): void {
    const wait = () => {
      const leftMs = dueAt - clock.now()
      timers.set(
        rule,
        clock.setTimeout(leftMs > longestTimerMs ? wait : fire, Math.min(leftMs, longestTimerMs)),
      )
    }
    const fire = () => {
      // After a freeze the times that were missed are not made up for.
      schedule(rule, rule.schedule!(Math.max(dueAt, clock.now())))
      const event = { source: 'aws.events', detailType: 'Scheduled Event', detail: {}, resources: [rule.arn] }
      bring(rule, eventOf(event, clock.now(), place))
    }
    wait()
  }

  function bring(rule: Rule, event: BusEvent): void {
    for (const target of rule.targets) courier.bring(rule, target, event)
  }

  for (const rule of rules) if (rule.schedule) schedule(rule, rule.schedule(clock.now()))

  return {
    name,
    arn,
    put(entry) {
      if (closed) throw new Error(`The event bus ${name} is closed`)
      const event = eventOf(entry, clock.now(), place)
      for (const rule of rules) if (rule.matches(event)) bring(rule, event)
      return event
    },
    async close() {
      closed = true
      for (const timer of timers.values()) clock.clearTimeout(timer)
      timers.clear()
      await courier.close()
    },
  }
}

function tell({ event, targetArn, why, error }: Dropped): void {
  console.error(`Event ${event.id} (${event['detail-type']}) did not reach ${targetArn} (${why}):`, error)
}
