import { Circuit, type CircuitOptions, type Policy } from '@breakwater/circuit'
import { MemoryStore } from '@breakwater/circuit/shared'
import { VirtualClock } from '@breakwater/circuit/testing'
import { Random } from '@breakwater/simulator'
import { asMarkdown } from '../bench/table.ts'

/** Environments, each with a circuit called `payments`. */
interface Fleet {
  readonly environments: number
  /** Whether they share it, through a store. */
  readonly shared: boolean
}

const healthyMs = 360_000
const outageMs = 600_000
const seeds = 21

const fleets: readonly (Fleet & { readonly title: string })[] = [
  { title: 'one environment, no store', environments: 1, shared: false },
  ...[1, 10, 100].map(environments => ({
    title: `shared by ${environments}`,
    environments,
    shared: true,
  })),
]

const traffic: readonly { readonly title: string; readonly everyMs: number }[] = [
  { title: '1 a second', everyMs: 1_000 },
  { title: '1 in 10 seconds', everyMs: 10_000 },
]

const policies: readonly { readonly title: string; readonly policy: Policy }[] = [
  { title: 'the default', policy: {} },
  { title: '`windowMs: 60_000`', policy: { windowMs: 60_000 } },
  { title: '`windowMs: 300_000`', policy: { windowMs: 300_000 } },
  { title: '`consecutiveFailures: 5`', policy: { consecutiveFailures: 5 } },
]

/**
 * How many calls fail until the circuit opens, when the dependency dies after six minutes of health: the real circuit in
 * virtual time, with calls at random moments, `everyMs` apart on average, each in a random environment. Infinity where
 * it does not open within ten minutes.
 */
export async function failingCalls(
  { environments, shared }: Fleet,
  everyMs: number,
  policy: Policy,
  seed: number,
): Promise<number> {
  const random = new Random(`small traffic ${seed}`)
  const clock = new VirtualClock()
  const common = { ...policy, clock, ...(shared && { store: new MemoryStore() }) }
  let [failed, open] = [0, false]
  const circuits = Array.from({ length: environments }, (_, index) => {
    const environment = `env-${index}`
    const circuit = new Circuit('payments', {
      ...common,
      environment,
      random: random.fork(environment).next,
    } as CircuitOptions)
    circuit.on(event => {
      const ofAll = !shared || (event.type === 'transition' && event.scope === 'fleet')
      if (event.type === 'transition' && event.to === 'OPEN' && ofAll) open = true
    })
    return circuit
  })
  for (let at = 0; at < healthyMs + outageMs; ) {
    const down = at >= healthyMs
    const call = async () => {
      if (!down) return
      failed++
      throw new Error('down')
    }
    circuits[Math.floor(random.next() * environments)]!.run(call).catch(() => {})
    const gapMs = Math.ceil(-Math.log(1 - random.next()) * everyMs)
    await clock.advance(gapMs)
    if (open) return failed
    at += gapMs
  }
  return Infinity
}

async function cellOf(fleet: Fleet, everyMs: number, policy: Policy): Promise<string> {
  const found: number[] = []
  for (let seed = 1; seed <= seeds; seed++) found.push(await failingCalls(fleet, everyMs, policy, seed))
  found.sort((a, b) => a - b)
  const [median, max] = [found[Math.floor(seeds / 2)]!, found.at(-1)!].map(calls =>
    calls === Infinity ? 'never' : `${calls}`,
  )
  return median === max ? median! : `${median} (${max})`
}

/** The table: for each rate of calls and policy, the failing calls that open the circuit. */
export async function smallTrafficTable(): Promise<string> {
  const rows: string[][] = []
  for (const { title, everyMs } of traffic) {
    for (const { title: rule, policy } of policies) {
      const cells: string[] = []
      for (const fleet of fleets) cells.push(await cellOf(fleet, everyMs, policy))
      rows.push([title, rule, ...cells])
    }
  }
  const columns = ['calls', 'policy', ...fleets.map(({ title }) => title)]
  return asMarkdown({ title: '', words: 2, columns, rows })
}
