import { expect, it } from 'vitest'
import { PendingPermits } from './pending.ts'
import { CallPermit } from './permit.ts'

const owner = { name: 'payments', finish: () => undefined, judge: () => 'success' as const }
const permitOf = (startedAt: number) => new CallPermit(owner, startedAt, 1_000)

it('permits leave in whatever order they are settled, once each', () => {
  const pending = new PendingPermits()
  const permits = [0, 1, 2, 3].map(permitOf)
  const [first, second, third, last] = permits as [CallPermit, CallPermit, CallPermit, CallPermit]
  for (const permit of permits) pending.add(permit)
  pending.delete(second)
  pending.delete(second)
  expect(new Set(pending.all())).toEqual(new Set([first, third, last]))
  pending.delete(last)
  pending.delete(first)
  expect(pending.all()).toEqual([third])
  pending.delete(third)
  expect(pending.all()).toEqual([])
})

it('a permit that was never pending is nothing to delete', () => {
  const pending = new PendingPermits()
  const [one, other] = [permitOf(0), permitOf(1)]
  pending.add(one)
  pending.delete(other)
  expect(pending.all()).toEqual([one])
})

it('permits that are settled while all are looked at do not hide others', () => {
  const pending = new PendingPermits()
  const permits = [0, 1, 2].map(permitOf)
  for (const permit of permits) pending.add(permit)
  for (const permit of pending.all()) pending.delete(permit)
  expect(pending.all()).toEqual([])
})
