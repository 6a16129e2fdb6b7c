import { inspect } from 'node:util'
import {
  Circuit,
  type CircuitEvent,
  type CircuitOptions,
  Circuits,
  isCircuitOpenError,
} from '@breakwater/circuit'
import { MemoryStore } from '@breakwater/circuit/shared'
import { FaultyStore, VirtualClock } from '@breakwater/circuit/testing'
import { circuitLogger, type LoggerLike } from '@breakwater/powertools'

const works = async () => 'answer'
const fails = async () => {
  throw new Error('down')
}

/** Environments that share a circuit and log to one place, in virtual time. */
class LoggedFleet {
  readonly clock = new VirtualClock(Date.UTC(2027, 0, 15, 8))
  readonly store = new FaultyStore(new MemoryStore(), this.clock)
  readonly circuits: readonly Circuit[]
  readonly lines: { level: string; message: string; breakwater: CircuitEvent }[] = []
  readonly rejections: string[] = []

  constructor(environments: number, options: CircuitOptions = {}) {
    this.circuits = Array.from({ length: environments }, (_, index) => {
      const { clock, store } = this
      const shared = { clock, store, random: () => 0.5, environment: `orders-${index + 1}` }
      const circuit = new Circuit('payments', { ...shared, ...options } as CircuitOptions)
      circuit.on(circuitLogger(this.logger()))
      return circuit
    })
  }

  logger(): LoggerLike {
    const at =
      (level: string) =>
      (message: string, { breakwater }: { readonly breakwater: CircuitEvent }) =>
        this.lines.push({ level, message, breakwater })
    return { debug: at('DEBUG'), info: at('INFO'), warn: at('WARN'), error: at('ERROR') }
  }

  /** Calls in turn, one every 20 ms, `ms` long or until the condition holds. */
  async play(
    ms: number,
    call: (environment: number) => () => Promise<unknown>,
    until: () => boolean = () => false,
  ): Promise<void> {
    for (let played = 0, next = 0; played < ms && !until(); played += 20, next++) {
      const environment = next % this.circuits.length
      this.circuits[environment]!.run(call(environment)).catch(error => {
        if (isCircuitOpenError(error)) this.rejections.push(inspect(error))
      })
      await this.clock.advance(20)
    }
  }

  /** The first line with that in its message or event: its level and message. */
  line(...parts: readonly string[]): string {
    const { level, message } = this.#find(parts)
    return `${level} ${message}`
  }

  /** The same as the JSON that a logger writes. */
  json(...parts: readonly string[]): string {
    return JSON.stringify(this.#find(parts), null, 2)
  }

  #find(parts: readonly string[]) {
    const found = this.lines.find(line => parts.every(part => JSON.stringify(line).includes(part)))
    if (found) return found
    throw new Error(
      `no line with ${parts.join(' and ')} in:\n${this.lines.map(line => line.message).join('\n')}`,
    )
  }
}

/** An outage of 15 seconds that a fleet of three lives through. */
async function outage(): Promise<LoggedFleet> {
  const fleet = new LoggedFleet(3)
  await fleet.play(5_000, () => works)
  await fleet.play(15_000, () => fails)
  await fleet.play(40_000, () => works)
  return fleet
}

async function oneBroken(): Promise<LoggedFleet> {
  const fleet = new LoggedFleet(20)
  await fleet.play(10_000, () => works)
  await fleet.play(20_000, environment => (environment === 6 ? fails : works))
  return fleet
}

async function relapse(): Promise<LoggedFleet> {
  const fleet = new LoggedFleet(3)
  const closed = () => fleet.lines.some(({ message }) => message.includes('to CLOSED'))
  await fleet.play(5_000, () => fails)
  await fleet.play(20_000, () => works, closed)
  await fleet.play(20_000, () => fails)
  return fleet
}

async function storeDown(): Promise<LoggedFleet> {
  const fleet = new LoggedFleet(1)
  await fleet.play(2_000, () => works)
  fleet.store.fail({ error: 'throttled' })
  await fleet.play(5_000, () => works)
  fleet.store.heal()
  await fleet.play(60_000, () => works)
  return fleet
}

async function override(): Promise<LoggedFleet> {
  const fleet = new LoggedFleet(1)
  await fleet.play(1_000, () => works)
  const [circuit] = fleet.circuits
  await circuit!.forceOpen({ by: 'ana', reason: 'provider migrates', forMs: 900_000 })
  await fleet.play(2_000, () => works)
  await circuit!.release({ by: 'ana', reason: 'done' })
  await fleet.play(2_000, () => works)
  return fleet
}

/** Two dead tenants, where one circuit is kept. */
async function evicted(): Promise<LoggedFleet> {
  const fleet = new LoggedFleet(0)
  const tenants = new Circuits({
    prefix: 'tenant',
    maxCircuits: 1,
    consecutiveFailures: 1,
    clock: fleet.clock,
  })
  tenants.on(circuitLogger(fleet.logger()))
  for (const tenant of ['a', 'b'])
    await tenants
      .for(tenant)
      .run(fails)
      .catch(() => {})
  return fleet
}

/** What the real logger writes, by the names of the markers in docs/terminology.md. */
export async function logLines(): Promise<ReadonlyMap<string, string>> {
  const [down, broken, relapsed, unshared, overridden, dropped] = [
    await outage(),
    await oneBroken(),
    await relapse(),
    await storeDown(),
    await override(),
    await evicted(),
  ]
  const rejection = (fleet: LoggedFleet, part: string) => {
    const found = fleet.rejections.find(message => message.includes(part))
    if (found === undefined) throw new Error(`no rejection with ${part}`)
    return found
  }
  const own = '"scope":"environment"'
  const blocks: [string, readonly string[]][] = [
    ['open', [down.json('to OPEN', '"fleet"', '"here"')]],
    ['elsewhere', [down.line('to OPEN', '"elsewhere"')]],
    ['probe', [down.line('to HALF_OPEN')]],
    ['closed', [down.line('to CLOSED', '"here"')]],
    ['relapse', [relapsed.line('to OPEN', 'relapse')]],
    ['gate', [broken.json('to OPEN', own)]],
    ['shed', [rejection(down, 'failure-rate')]],
    ['ramp', [rejection(down, 'recovering')]],
    ['store', [unshared.line('store-failure'), unshared.line('store-recovery')]],
    ['evicted', [dropped.line('eviction')]],
    ['override', [overridden.line('FORCED_OPEN'), overridden.line('override has ended')]],
  ]
  return new Map(
    blocks.map(([name, lines]) => [
      name,
      `\`\`\`${lines[0]!.startsWith('{') ? 'json' : 'text'}\n${lines.join('\n')}\n\`\`\``,
    ]),
  )
}
