import {
  circuitName,
  FleetWatch,
  functionVariables,
  Narrator,
  playOutage,
  playRotation,
  recoveryMs,
  startDemoStack,
  synthesise,
} from '@breakwater/demo'
import { createCallLog } from '@breakwater/emulator/testing'
import { describe, expect, test } from 'vitest'
import { checkPermissions } from '../permissions/check.ts'
import { tier } from '../tier.ts'

/** The play of `npm start`, with a recycler that is confined to one cluster. Shorter plays are in recycle.test.ts. */
describe.runIf(tier === 'long')('the outage and the rotation of npm start', () => {
  test('make no call that the policies of the template refuse', { timeout: 240_000 }, async () => {
    const calls = createCallLog()
    const watch = new FleetWatch(circuitName)
    const demo = await startDemoStack({
      synthesise: context => synthesise({ ...context, recycleClusters: 'shop' }),
      env: functionVariables,
      onCircuitEvent: (role, environment, event) =>
        watch.observe(role === 'orders' ? environment : undefined, event),
      onServiceCall: calls.record,
    })
    try {
      const signal = AbortSignal.timeout(200_000)
      const narrator = new Narrator(() => {}, false)
      await playOutage({ demo, watch, narrator, rate: 60, recoveryMs, signal })
      expect(watch.transitions.map(({ to }) => to)).toEqual(
        expect.arrayContaining(['OPEN', 'HALF_OPEN', 'CLOSED']),
      )
      expect(await playRotation({ demo, narrator, signal })).toMatchObject({ recycled: 2, failed: 0 })
      const { refused, unknownKeys } = await checkPermissions(demo.stack.resources, calls.all())
      expect([refused, unknownKeys]).toEqual([[], []])
      expect(calls.all().map(({ action }) => action)).toContain('ecs:UpdateService')
    } finally {
      await demo.close()
    }
  })
})
