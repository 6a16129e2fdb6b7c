import { Circuit, Circuits, type Verdict } from '@breakwater/circuit'
import {
  bulkhead,
  fallback,
  handleAll,
  handleWhen,
  type IDefaultPolicyContext,
  type IMergedPolicy,
  type IPolicy,
  type IRetryContext,
  retry,
  TimeoutStrategy,
  timeout,
  usePolicy,
  wrap,
} from 'cockatiel'
import { expectTypeOf, it } from 'vitest'
import { type AsPolicyOptions, asPolicy, fromPolicy } from './policy.ts'
import { classifyPolicy, isWorthRetrying } from './policy-errors.ts'

const circuit = new Circuit('payments', { classify: classifyPolicy })
const policy = asPolicy(circuit)
const charge = async (_: { signal: AbortSignal }) => ({ receipt: 1 })

it("asPolicy returns cockatiel's own type of policy", () => {
  expectTypeOf(asPolicy).returns.toEqualTypeOf<IPolicy>()
  expectTypeOf(asPolicy).parameter(1).toEqualTypeOf<AsPolicyOptions | undefined>()
  expectTypeOf(asPolicy(new Circuits().for('tenant'))).toEqualTypeOf<IPolicy<IDefaultPolicyContext, never>>()
  expectTypeOf(usePolicy).toBeCallableWith(policy)
  const run = () => policy.execute(charge)
  expectTypeOf(run).returns.resolves.toEqualTypeOf<{ receipt: number }>()
})

it('wrap keeps the context and the other answers of the policies around it', () => {
  const again = retry(handleWhen(isWorthRetrying), { maxAttempts: 3 })
  const pair = wrap(again, policy)
  expectTypeOf(pair).toEqualTypeOf<
    IMergedPolicy<IRetryContext & IDefaultPolicyContext, never, [typeof again, typeof policy]>
  >()
  const all = wrap(
    fallback(handleAll, 'pending' as const),
    again,
    policy,
    timeout(9, TimeoutStrategy.Aggressive),
  )
  const run = () =>
    all.execute(context => {
      expectTypeOf(context.attempt).toEqualTypeOf<number>()
      expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>()
      return charge(context)
    })
  expectTypeOf(run).returns.resolves.toEqualTypeOf<{ receipt: number } | 'pending'>()
  const one = wrap(policy)
  expectTypeOf(one).toEqualTypeOf<IPolicy>()
})

it('fromPolicy makes a call for the circuit of any policy', () => {
  const bulkheaded = fromPolicy(bulkhead(10))
  const call = bulkheaded(signal => {
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
    return charge({ signal })
  })
  expectTypeOf(call).toEqualTypeOf<(signal: AbortSignal) => Promise<{ receipt: number }>>()
  const run = () => circuit.run(call, { fallback: () => undefined })
  expectTypeOf(run).returns.resolves.toEqualTypeOf<{ receipt: number } | undefined>()
  const answered = fromPolicy(wrap(fallback(handleAll, 'pending' as const), policy))(() => 1)
  expectTypeOf(answered).returns.resolves.toEqualTypeOf<'pending' | number>()
  expectTypeOf(fromPolicy(retry(handleAll, {}))(() => 2)).returns.resolves.toBeNumber()
})

it('classifyPolicy judges as a circuit wants it', () => {
  expectTypeOf(classifyPolicy).returns.toEqualTypeOf<Verdict>()
  expectTypeOf(isWorthRetrying).toEqualTypeOf<(error: unknown, signal?: AbortSignal) => boolean>()
})

it('asPolicy and fromPolicy refuse what does not fit', () => {
  const refused = () => [
    // @ts-expect-error: a circuit is no name
    asPolicy('payments'),
    // @ts-expect-error: there is no such option
    asPolicy(circuit, { fallback: () => 1 }),
    // @ts-expect-error: what guards a call is a policy
    fromPolicy(handleAll),
    // @ts-expect-error: the call gets a signal, not cockatiel's context
    fromPolicy(bulkhead(1))(({ attempt }) => attempt),
  ]
  expectTypeOf(refused).toBeFunction()
})
