import { Circuit, type CircuitEvent, isStoreError } from '@breakwater/circuit'
import { VirtualClock } from '@breakwater/circuit/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { DynamoDbStore, type DynamoDbStoreOptions } from './index.ts'

const said = vi.spyOn(console, 'error').mockImplementation(() => {})
afterEach(() => said.mockClear())

const fails = () => Promise.reject(new Error('down'))
const circuitOn = (tableName: unknown) => {
  const clock = new VirtualClock()
  const store = new DynamoDbStore({ tableName, clock } as DynamoDbStoreOptions)
  const circuit = new Circuit('payments', { store, clock, consecutiveFailures: 2 })
  const events: CircuitEvent[] = []
  circuit.on(event => events.push(event))
  return { circuit, clock, store, events }
}

describe.each([undefined, null, '', ' ', ' circuits\n', 'ab', 7, {}, Symbol('circuits')])(
  'a function died at init where the table was %s',
  table => {
    it('goes on under the gate of the environment, and says so once', async () => {
      const { circuit, clock, store, events } = circuitOn(table)
      await store.warm()
      for (let minute = 0; minute < 5; minute++) {
        await expect(circuit.run(async () => 'answer')).resolves.toBe('answer')
        await clock.advance(60_000)
      }
      expect(said).toHaveBeenCalledExactlyOnceWith(
        expect.stringMatching(/misconfigured.+DynamoDbStore: tableName: got .+; allowed is the ARN or name/s),
      )
      expect(events.filter(({ type }) => type === 'store-failure')).toMatchObject([
        { kind: 'misconfigured', message: expect.stringContaining('CIRCUIT_TABLE') },
      ])
      for (let call = 0; call < 2; call++) await circuit.run(fails).catch(() => {})
      await expect(circuit.run(async () => 'answer')).rejects.toMatchObject({ scope: 'environment' })
      expect(circuit.status().store).toBe('unavailable')
    })
  },
)

it('an operator hears that there is no table', async () => {
  const error = await circuitOn(undefined)
    .circuit.forceOpen({ by: 'ana', reason: 'provider migrates' })
    .catch((error: unknown) => error)
  expect(isStoreError(error) && error.kind).toBe('misconfigured')
})
