import type { TransitionEvent } from '@breakwater/circuit'
import { expect, test } from 'vitest'
import { FleetWatch, type Transition } from './fleet-watch.ts'

const opened: TransitionEvent = {
  type: 'transition',
  circuit: 'payments',
  scope: 'fleet',
  origin: 'here',
  from: 'CLOSED',
  to: 'OPEN',
  generation: 1,
  environment: 'env-1',
  at: 1_000,
  reason: 'failure-rate',
}
const probing: TransitionEvent = {
  ...opened,
  from: 'OPEN',
  to: 'HALF_OPEN',
  generation: 2,
  reason: 'probing',
  environment: 'env-2',
}

test('the fleet watch keeps each change once, with the environment that made it, in order', () => {
  const watch = new FleetWatch('payments')
  const reported: Transition[] = []
  watch.onTransition(transition => reported.push(transition))
  watch.observe('env-2', probing)
  watch.observe('env-1', opened)
  watch.observe('env-3', { ...opened, origin: 'elsewhere' })
  expect(watch.transitions.map(({ environment, to }) => [environment, to])).toEqual([
    ['env-1', 'OPEN'],
    ['env-2', 'HALF_OPEN'],
  ])
  expect(reported).toHaveLength(2)
})

test('the fleet watch learns of a change from others when the environment that made it does not report', () => {
  const watch = new FleetWatch('payments')
  watch.observe('env-1', opened)
  // This one was frozen at the opening.
  watch.observe('env-3', { ...probing, origin: 'elsewhere', from: 'CLOSED' })
  const learned = { from: 'OPEN', to: 'HALF_OPEN', generation: 2, environment: 'env-2' }
  expect(watch.transitions).toMatchObject([{ generation: 1 }, learned])
  watch.observe('env-2', probing)
  watch.observe('env-2', { ...probing, from: 'CLOSED' })
  expect(watch.transitions).toMatchObject([{ generation: 1 }, learned])
})

test('the fleet watch shows when two environments report the same change as their own', () => {
  const watch = new FleetWatch('payments')
  watch.observe('env-1', opened)
  watch.observe('env-2', { ...opened, environment: 'env-2' })
  expect(watch.transitions.map(({ generation }) => generation)).toEqual([1, 1])
})

test('the fleet watch knows what each environment knows', () => {
  const watch = new FleetWatch('payments')
  watch.observe('env-1', opened)
  watch.observe('env-2', { ...opened, origin: 'elsewhere' })
  watch.observe('env-1', probing)
  expect([watch.state, watch.generation]).toEqual(['HALF_OPEN', 2])
  expect(['env-1', 'env-2', 'env-3'].map(id => watch.stateIn(id))).toEqual(['HALF_OPEN', 'OPEN', 'CLOSED'])
  expect([...watch.awareOfOpening]).toEqual(['env-1', 'env-2'])
})

test('an environment that reports late does not turn the fleet back', () => {
  const watch = new FleetWatch('payments')
  watch.observe('env-1', probing)
  watch.observe('env-2', { ...opened, origin: 'elsewhere' })
  expect(watch.state).toBe('HALF_OPEN')
})

test('other circuits, other events and the gate of one environment are not its business', () => {
  const watch = new FleetWatch('payments')
  watch.observe('env-1', { ...opened, circuit: 'mail' })
  watch.observe('env-1', { ...opened, scope: 'environment' })
  watch.observe('env-1', { type: 'fallback', circuit: 'payments', at: 1 })
  expect([watch.state, watch.transitions]).toEqual(['CLOSED', []])
})
