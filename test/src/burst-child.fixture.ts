import { Circuit, systemClock } from '@breakwater/circuit'
import { DynamoDbStore } from '@breakwater/dynamodb'

/**
 * A process of many environments that share an OPEN circuit, whose open time has been over for ten minutes when they are
 * told to go: each makes one call, all at once. It says how many reached the dependency, which is dead.
 */
const [, , environments = '1'] = process.argv
const silenceMs = 600_000
let offsetMs = 0
let reached = 0
const store = new DynamoDbStore({ tableName: 'circuits' })
// An environment is told from others by its clock.
const circuits = Array.from({ length: Number(environments) }, (_, index) => {
  const clock = { ...systemClock, now: () => Date.now() + offsetMs }
  return new Circuit('payments', { store, clock, environment: `${process.pid}-${index}` })
})
for (let from = 0; from < circuits.length; from += 50)
  await Promise.all(circuits.slice(from, from + 50).map(circuit => circuit.refresh()))
const known = circuits.filter(circuit => circuit.status().state === 'OPEN').length
offsetMs = silenceMs
process.send?.({ known })
process.once('message', async () => {
  const call = () => {
    reached++
    return Promise.reject(new Error('down'))
  }
  await Promise.allSettled(circuits.map(circuit => circuit.run(call)))
  process.send?.({ reached })
  process.disconnect()
})
