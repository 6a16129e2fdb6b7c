/**
 * Puts constant load on the local API through synchronous workflows, and prints how long answers take.
 *
 *     npm run bench:local                       300 requests a second for 15 seconds
 *     npm run bench:local -- --rate 500 --seconds 30
 */
import { parseArgs } from 'node:util'
import { guardedCharge, startDemoStack, workflowHeaders } from '@breakwater/demo'
import { percentile } from './statistics.ts'

const { values } = parseArgs({
  options: { rate: { type: 'string', default: '300' }, seconds: { type: 'string', default: '15' } },
})
const [rate, seconds] = [values.rate, values.seconds].map(Number)
if (!(rate! > 0 && seconds! > 0)) throw new TypeError('--rate and --seconds must be numbers above 0')

// The provider takes 25 ms for a charge, and an environment makes one call at a time.
const demo = await startDemoStack({ maxEnvironments: 24 })
try {
  const headers = { ...workflowHeaders(demo), 'Content-Type': 'application/json' }
  const url = `${demo.workflows.url}/workflows/guarded-call`
  const call = async (): Promise<[status: number, ms: number]> => {
    const begin = performance.now()
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(guardedCharge(demo)) })
    await response.arrayBuffer()
    return [response.status, performance.now() - begin]
  }
  // Environments start and code is compiled before anything counts.
  for (let warm = 0; warm < 30; warm++) await Promise.all(Array.from({ length: 24 }, call))

  const calls: Promise<[number, number]>[] = []
  const begin = performance.now()
  while (calls.length < rate! * seconds!) {
    const due = ((performance.now() - begin) / 1_000) * rate!
    while (calls.length < due) calls.push(call())
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  const answers = await Promise.all(calls)
  const tookMs = performance.now() - begin
  const times = answers.map(([, ms]) => ms)
  const good = answers.filter(([status]) => status === 200).length
  const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)].map(ms => ms.toFixed(1))
  const reached = Math.round((answers.length / tookMs) * 1_000)
  console.log(
    `${answers.length} requests, ${reached} a second; ${good} answered 200; p50 ${p50} ms, p99 ${p99} ms`,
  )
} finally {
  await demo.close()
}
