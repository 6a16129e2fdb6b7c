import type { Clock } from '@breakwater/circuit'
import { invalid } from '@breakwater/circuit/shared'
import { createEventBus, type Dropped, type EventBus } from '../../events/index.ts'
import type { ResolvedResource } from '../types.ts'
import type { Receiver } from './targets.ts'

/** Options of {@link createBuses}. */
export interface BusesOptions {
  readonly region: string
  readonly account: string
  readonly clock: Clock
  readonly random: () => number
  /** Finds what an ARN names; undefined for nothing. */
  readonly find: (arn: string) => Receiver | undefined
  /** Sends a letter to a queue. */
  readonly deadLetter: (queueArn: string, body: string, attributes: Readonly<Record<string, string>>) => void
  /** Told of an event that reached nobody. */
  readonly dropped: (dropped: Dropped) => void
}

/**
 * Makes the event buses with their rules: the default one, which every account has, and those of the template.
 *
 * @throws TypeError naming a rule of no bus, or what a rule does not support.
 */
export function createBuses(
  resources: readonly ResolvedResource[],
  options: BusesOptions,
): readonly EventBus[] {
  const { deadLetter, find, ...rest } = options
  const names = new Map([['default', 'default']])
  for (const { type, name, arn } of resources) {
    if (type === 'AWS::Events::EventBus') names.set(name, name).set(arn!, name)
  }
  names.set(`arn:aws:events:${options.region}:${options.account}:event-bus/default`, 'default')
  const rules = new Map<string, Record<string, unknown>>([...names.values()].map(name => [name, {}]))
  for (const { type, id, stack, where, name, properties } of resources) {
    if (type !== 'AWS::Events::Rule') continue
    const { EventBusName = 'default' } = properties
    const own = rules.get(names.get(String(EventBusName)) ?? '')
    if (!own)
      throw invalid(`${where}.Properties.EventBusName`, EventBusName, 'the default bus or one of the stacks')
    own[Object.hasOwn(own, id) ? `${stack}.${id}` : id] = { ...properties, Name: name }
  }
  return [...rules].map(([name, rules]) =>
    createEventBus({
      ...rest,
      name,
      rules,
      deliver(arn, input, { messageGroupId }) {
        const receive = find(arn)
        // Checked at the start: only a template without the check leads here.
        if (!receive) throw Object.assign(new Error(`Nothing here is ${arn}`), { retryable: false })
        return receive(input, messageGroupId)
      },
      deadLetter: (arn, { body, attributes }) => deadLetter(arn, body, attributes),
    }),
  )
}

/**
 * Refuses rules whose targets are not here.
 *
 * @throws TypeError naming the rule and its target.
 */
export function checkTargets(
  resources: readonly ResolvedResource[],
  find: (arn: string) => Receiver | undefined,
): void {
  for (const { type, where, properties } of resources) {
    if (type !== 'AWS::Events::Rule' || !Array.isArray(properties.Targets)) continue
    for (const [index, { Arn }] of properties.Targets.entries()) {
      if (find(String(Arn))) continue
      throw invalid(
        `${where}.Properties.Targets[${index}].Arn`,
        Arn,
        'the ARN of a function, state machine, queue, bus or topic of the stacks',
      )
    }
  }
}
