/**
 * Puts constant load on the local API through synchronous workflows, and prints how long answers take.
 *
 *     npm run bench:local                       300 requests a second for 15 seconds
 *     npm run bench:local -- --rate 500 --seconds 30
 */
import { guardedCharge, startDemoStack } from '@breakwater/demo'
import { Progress } from '@breakwater/simulator'
import { exitCodeOf, readArguments, wholeNumber } from '../command-line.ts'
import { percentile } from './statistics.ts'

const helpText = `Puts constant load on the local API through synchronous workflows, and prints how long answers take.

Usage: npm run bench:local -- [options]

  --rate N      requests a second, 1 to 10000 (default: 300)
  --seconds N   how long, 1 to 3600 (default: 15)
  --help        show this`

/** The provider takes 25 ms for a charge, and an environment makes one call at a time. */
const environments = 24
/** Environments start and code is compiled before anything counts. */
const warmUps = 30

process.exitCode = await exitCodeOf(async () => {
  const { values } = readArguments(process.argv.slice(2), {
    rate: { type: 'string' },
    seconds: { type: 'string' },
    help: { type: 'boolean' },
  })
  if (values.help) {
    console.log(helpText)
    return 0
  }
  const rate = wholeNumber('rate', values.rate, { standard: 300, max: 10_000 })
  const seconds = wholeNumber('seconds', values.seconds, { standard: 15, max: 3_600 })
  const progress = new Progress({ total: 3, work: 8 + seconds, stream: process.stderr })
  progress.begin('starting the stack', 5)
  const demo = await startDemoStack({ maxEnvironments: environments })
  try {
    progress.done()
    const headers = { 'Content-Type': 'application/json' }
    const url = `${demo.workflows.url}/workflows/guarded-call`
    const call = async (): Promise<[status: number, ms: number]> => {
      const begin = performance.now()
      const response = await demo.workflows.shop.fetch(url, {
        method: 'POST',
        headers,
        body: JSON.stringify(guardedCharge()),
      })
      await response.arrayBuffer()
      return [response.status, performance.now() - begin]
    }
    progress.begin('warming up', 3)
    for (let warm = 0; warm < warmUps; warm++) await Promise.all(Array.from({ length: environments }, call))
    progress.done()
    progress.begin('putting it under load', seconds)
    const load = await loadOf(call, rate, seconds)
    progress.done()
    progress.end()
    console.log(load)
    return 0
  } finally {
    await demo.close()
  }
}, process.stderr)

/** Makes so many calls a second; answers in a line how long they took. */
async function loadOf(
  call: () => Promise<[status: number, ms: number]>,
  rate: number,
  seconds: number,
): Promise<string> {
  const calls: Promise<[number, number]>[] = []
  const begin = performance.now()
  while (calls.length < rate * seconds) {
    const due = ((performance.now() - begin) / 1_000) * rate
    while (calls.length < due) calls.push(call())
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  const answers = await Promise.all(calls)
  const tookMs = performance.now() - begin
  const times = answers.map(([, ms]) => ms)
  const good = answers.filter(([status]) => status === 200).length
  const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)].map(ms => ms.toFixed(1))
  const reached = Math.round((answers.length / tookMs) * 1_000)
  return `${answers.length} requests, ${reached} a second; ${good} answered 200; p50 ${p50} ms, p99 ${p99} ms`
}
