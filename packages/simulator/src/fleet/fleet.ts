import type { Policy } from '@breakwater/circuit'
import type { Engine } from '../engine/engine.ts'
import { Environment } from '../engine/environment.ts'
import type { Random } from '../engine/random.ts'
import type { Answer, Guard } from '../peers/peer.ts'
import type { FleetOptions } from '../scenario/scenario.ts'
import type { Dependency } from './dependency.ts'
import type { Member } from './member.ts'
import type { Recorder } from './recorder.ts'

/** Makes what guards the calls of one environment. `policy`: what a deployment changed. */
export type Scheme = (environment: Environment, policy: Policy) => Guard

/**
 * Environments as Lambda keeps them: a call goes to one that is free, or waits for a cold start; each takes one call
 * at a time, is frozen between calls, and is recycled after its lifetime.
 */
export class Fleet {
  /** Alive, in the order of their making. */
  readonly members = new Map<number, Member>()
  /** From now on each environment that begins a probe dies in it. */
  killsProbers = false
  readonly #engine: Engine
  readonly #random: Random
  readonly #routing: Random
  readonly #options: Required<FleetOptions>
  readonly #scheme: Scheme
  readonly #dependency: Dependency
  readonly #recorder: Recorder
  /** An entry a free slot. */
  #free: Member[] = []
  #made = 0
  #starting = 0
  #limit: number
  #loadFactor = 1
  #arrival = 0
  #policy: Policy = {}

  constructor(
    engine: Engine,
    random: Random,
    size: number,
    options: Required<FleetOptions>,
    scheme: Scheme,
    dependency: Dependency,
    recorder: Recorder,
  ) {
    this.#engine = engine
    this.#random = random.fork('fleet')
    this.#routing = random.fork('routing')
    this.#options = options
    this.#scheme = scheme
    this.#dependency = dependency
    this.#recorder = recorder
    this.#limit = Math.max(size + 1, Math.ceil(size * options.limit))
    for (let index = 0; index < size; index++) {
      const member = this.#start()
      // Those of the start are of all ages.
      member.retireAt -= options.lifetimeMs === Infinity ? 0 : options.lifetimeMs * this.#random.next()
      this.#release(member)
    }
  }

  /** Sets the load as a multiple of the scenario's, and keeps calls coming. */
  load(factor: number): void {
    this.#loadFactor = factor
    this.#arrive(++this.#arrival)
  }

  /** So many calls at once. */
  burst(calls: number): void {
    for (let call = 0; call < calls; call++) this.#engine.after(0, () => this.#offer())
  }

  /** So many environments, of those alive, lose their way to the dependency; the others have it. */
  breakSome(count: number): void {
    const members = [...this.members.values()]
    for (const member of members) member.broken = false
    for (let left = Math.min(count, members.length); left > 0; left--) {
      const index = this.#random.integer(members.length)
      members[index]!.broken = true
      members.splice(index, 1)
    }
  }

  kill(share: number): void {
    for (const member of this.members.values()) if (this.#random.chance(share)) this.#kill(member)
  }

  /** New environments have this policy; those there are replaced within `rolloutMs`. */
  deploy(policy: Policy, rolloutMs: number): void {
    this.#policy = policy
    for (const member of this.members.values()) {
      member.retireAt = Math.min(member.retireAt, this.#engine.now + this.#random.next() * rolloutMs)
    }
  }

  #arrive(arrival: number): void {
    const perMs = (this.#options.callsPerSecond / 1_000) * this.#loadFactor
    if (arrival !== this.#arrival || perMs === 0) return
    this.#engine.after(this.#random.exponential(1 / perMs), () => {
      if (arrival !== this.#arrival) return
      this.#arrive(arrival)
      this.#offer()
    })
  }

  /** A call looks for an environment. */
  #offer(): void {
    this.#recorder.offered()
    const member = this.#pick()
    if (member) this.#invoke(member)
    else if (this.members.size + this.#starting >= this.#limit) this.#recorder.turnedAway()
    else this.#coldStart()
  }

  #coldStart(): void {
    this.#starting++
    this.#engine.after(this.#random.lognormal(this.#options.coldStartMs, 0.3), () => {
      this.#starting--
      const started = this.#start()
      for (let slot = 1; slot < this.#options.concurrency; slot++) this.#free.push(started)
      this.#invoke(started)
    })
  }

  #pick(): Member | undefined {
    const free = this.#free
    while (free.length > 0) {
      const index = this.#routing.integer(free.length)
      const member = free[index]!
      free[index] = free[free.length - 1]!
      free.pop()
      if (member.environment.dead) continue
      if (this.#engine.now < member.retireAt || member.calls > 0) return member
      this.#retire(member)
    }
    return undefined
  }

  #start(): Member {
    const { skewMs, lifetimeMs } = this.#options
    const environment = new Environment(this.#engine, this.#made++, this.#random.between(-skewMs, skewMs))
    const member: Member = {
      environment,
      guard: this.#scheme(environment, this.#policy),
      retireAt: this.#engine.now + lifetimeMs * (0.75 + 0.5 * this.#random.next()),
      broken: false,
      calls: 0,
    }
    this.members.set(environment.id, member)
    return member
  }

  #release(member: Member): void {
    for (let slot = 0; slot < this.#options.concurrency; slot++) this.#free.push(member)
  }

  #retire({ environment }: Member): void {
    environment.kill()
    this.members.delete(environment.id)
  }

  #kill(member: Member): void {
    if (member.environment.dead) return
    this.#recorder.lost(member, member.calls)
    member.calls = 0
    this.#retire(member)
  }

  #invoke(member: Member): void {
    const { environment, guard } = member
    const call = this.#recorder.begin(member)
    member.calls++
    environment.enter()
    const reach = () =>
      new Promise<void>((resolve, reject) => {
        call.reached()
        const probing = guard.belief === 'h'
        const answer = ({ ok }: { readonly ok: boolean }) =>
          environment.deliver(() => {
            call.answered()
            if (ok) resolve()
            else reject(new Error('the dependency failed'))
          })
        this.#dependency.call(answer, member.broken)
        if (probing && this.killsProbers) this.#engine.after(1, () => this.#kill(member))
      })
    const settle = (answer: Answer) => {
      // Killed in mid-call: nobody hears of it.
      if (environment.dead) return
      call.ended(answer)
      member.calls--
      environment.leave()
      this.#free.push(member)
    }
    // The runtime takes a moment to hand the event over; what waited in the sockets comes in meanwhile.
    this.#engine.after(this.#random.between(0.2, 1), () => {
      if (environment.dead) return
      call.begins()
      guard.run(reach).then(settle)
    })
  }
}
