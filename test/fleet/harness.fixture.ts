import { type Policy, resolvePolicy } from '@breakwater/circuit'
import {
  type Breaker,
  type BreakerContext,
  type BreakerTable,
  type CallOutcome,
  Engine,
  Environment,
  Random,
} from '@breakwater/simulator'

/** A table in memory under virtual time; records the requests to it. */
export class MemoryTable {
  readonly items = new Map<string, Record<string, unknown>>()
  /** The requests, in order: `get`, `put OPEN`, `refused HALF_OPEN`, ... */
  readonly log: string[] = []
  down = false
  readonly #engine: Engine

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** The table as an environment reaches it: an answer takes 5 ms, and waits while that is frozen. */
  for(environment: Environment): BreakerTable {
    const request = <T>(serve: () => T): Promise<T> =>
      new Promise((resolve, reject) => {
        const arrive = () => {
          if (this.down) return environment.deliver(() => reject(new Error('unreachable')))
          const answer = serve()
          this.#engine.after(2, () => environment.deliver(() => resolve(answer)))
        }
        this.#engine.after(3, arrive)
      })
    return {
      get: key =>
        request(() => {
          this.log.push('get')
          return this.items.get(key)
        }),
      put: (key, item, condition) =>
        request(() => {
          const accepted = condition?.(this.items.get(key)) ?? true
          this.log.push(`${accepted ? 'put' : 'refused'} ${item.state}`)
          if (accepted) this.items.set(key, item)
          return accepted
        }),
    }
  }

  count(entry: string): number {
    return this.log.filter(logged => logged === entry).length
  }
}

/** Environments, each with its breaker, before a dependency that is up or down. */
export class BreakerHarness {
  readonly engine = new Engine()
  readonly random = new Random('peers')
  readonly table = new MemoryTable(this.engine)
  readonly members: { readonly environment: Environment; readonly breaker: Breaker }[] = []
  up = true
  /** Calls that reached the dependency. */
  reached = 0

  constructor(size: number, policyOptions: Policy, create: (context: BreakerContext) => Breaker) {
    const policy = resolvePolicy(policyOptions)
    for (let id = 0; id < size; id++) {
      const environment = new Environment(this.engine, id, 0)
      const random = this.random.fork(environment.name)
      const breaker = create({ environment, random, table: this.table.for(environment), policy })
      this.members.push({ environment, breaker })
    }
  }

  /** Begins a call; the dependency takes `ms` and answers by how it was when the call came in. */
  call(index: number, ms = 20): Promise<CallOutcome> {
    const { environment, breaker } = this.members[index]!
    const reach = () =>
      new Promise<void>((resolve, reject) => {
        this.reached++
        const settle = this.up ? resolve : () => reject(new Error('down'))
        this.engine.after(ms, () => environment.deliver(settle))
      })
    environment.enter()
    return breaker.run(reach).finally(() => environment.leave())
  }

  /** Makes one call, and passes half a second. */
  async answer(index: number): Promise<CallOutcome> {
    const answer = this.call(index)
    await this.engine.run(this.engine.now + 500)
    return answer
  }

  async answers(index: number, calls: number): Promise<CallOutcome[]> {
    const answers: CallOutcome[] = []
    for (let call = 0; call < calls; call++) answers.push(await this.answer(index))
    return answers
  }

  /** Makes a call in each environment at the same time. */
  async together(): Promise<CallOutcome[]> {
    const calls = this.members.map((_, index) => this.call(index))
    await this.engine.run(this.engine.now + 500)
    return Promise.all(calls)
  }

  pass(ms: number): Promise<void> {
    return this.engine.run(this.engine.now + ms)
  }
}

/** The same outcome a number of times. */
export function times(count: number, answer: CallOutcome): CallOutcome[] {
  return Array.from({ length: count }, () => answer)
}
