import { Engine } from '../engine/engine.ts'
import { Environment } from '../engine/environment.ts'
import { Random } from '../engine/random.ts'
import type { Answer, Guard, PeerTable } from './peer.ts'

/** A table in memory under virtual time; counts what is asked of it. */
export class MemoryTable {
  readonly items = new Map<string, Record<string, unknown>>()
  /** What was asked for, in order: `get`, `put OPEN`, `refused HALF_OPEN`, ... */
  readonly log: string[] = []
  down = false
  readonly #engine: Engine

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** The table as an environment reaches it: an answer takes 5 ms, and waits while that is frozen. */
  for(environment: Environment): PeerTable {
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
          const taken = condition?.(this.items.get(key)) ?? true
          this.log.push(`${taken ? 'put' : 'refused'} ${item.state}`)
          if (taken) this.items.set(key, item)
          return taken
        }),
    }
  }

  count(entry: string): number {
    return this.log.filter(logged => logged === entry).length
  }
}

/** Environments, each with its guard, before a dependency that is up or down. */
export class Stage {
  readonly engine = new Engine()
  readonly random = new Random('peers')
  readonly table = new MemoryTable(this.engine)
  readonly members: { readonly environment: Environment; readonly guard: Guard }[] = []
  up = true
  /** Calls that reached the dependency. */
  reached = 0

  constructor(size: number, guard: (environment: Environment, random: Random, table: PeerTable) => Guard) {
    for (let id = 0; id < size; id++) {
      const environment = new Environment(this.engine, id, 0)
      const random = this.random.fork(environment.name)
      this.members.push({ environment, guard: guard(environment, random, this.table.for(environment)) })
    }
  }

  /** Begins a call; the dependency takes `ms` and answers by how it was when the call came in. */
  call(index: number, ms = 20): Promise<Answer> {
    const { environment, guard } = this.members[index]!
    const reach = () =>
      new Promise<void>((resolve, reject) => {
        this.reached++
        const settle = this.up ? resolve : () => reject(new Error('down'))
        this.engine.after(ms, () => environment.deliver(settle))
      })
    environment.enter()
    return guard.run(reach).finally(() => environment.leave())
  }

  /** One call from its beginning to its end, and on to half a second after it. */
  async answer(index: number): Promise<Answer> {
    const answer = this.call(index)
    await this.engine.run(this.engine.now + 500)
    return answer
  }

  async answers(index: number, calls: number): Promise<Answer[]> {
    const answers: Answer[] = []
    for (let call = 0; call < calls; call++) answers.push(await this.answer(index))
    return answers
  }

  /** A call in each environment at the same time. */
  async together(): Promise<Answer[]> {
    const calls = this.members.map((_, index) => this.call(index))
    await this.engine.run(this.engine.now + 500)
    return Promise.all(calls)
  }

  pass(ms: number): Promise<void> {
    return this.engine.run(this.engine.now + ms)
  }
}

/** So many times the same answer. */
export function times(count: number, answer: Answer): Answer[] {
  return Array.from({ length: count }, () => answer)
}
