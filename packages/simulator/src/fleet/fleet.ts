import type { Policy } from '@breakwater/circuit'
import type { Engine } from '../engine/engine.ts'
import { Environment } from '../engine/environment.ts'
import type { Random } from '../engine/random.ts'
import type { FleetOptions } from '../scenario/scenario.ts'
import type { Breaker, CallOutcome } from './breaker.ts'
import type { CallRecorder, Member } from './call-recorder.ts'
import type { Dependency } from './dependency.ts'
import { WorkflowBreaker } from './workflows.ts'

/** Makes the breaker of one environment. `policy` holds what a deployment changed. */
export type CreateBreaker = (environment: Environment, policy: Policy) => Breaker

/**
 * Environments as Lambda keeps them: a call goes to one that is free, or waits for a cold start; each takes one call
 * at a time, is frozen between calls, and is recycled after its lifetime.
 */
export class Fleet {
  /** Environments alive, oldest first. */
  readonly members = new Map<number, Member>()
  /** While true, each environment that begins a probe dies in it. */
  killsProbers = false
  readonly #engine: Engine
  readonly #random: Random
  readonly #routing: Random
  readonly #options: Required<FleetOptions>
  readonly #createBreaker: CreateBreaker
  readonly #dependency: Dependency
  readonly #recorder: CallRecorder
  /** How long a task of a workflow may take, ms. */
  readonly #taskLimitMs: number
  /** One entry for each call that an environment can take now. */
  #free: Member[] = []
  #created = 0
  #starting = 0
  readonly #maxEnvironments: number
  #loadFactor = 1
  /** Each change of the load begins a new series of arrivals and ends the one before. */
  #arrivals = 0
  #policy: Policy = {}

  constructor(
    engine: Engine,
    random: Random,
    size: number,
    options: Required<FleetOptions>,
    createBreaker: CreateBreaker,
    dependency: Dependency,
    recorder: CallRecorder,
    taskLimitMs: number,
  ) {
    this.#engine = engine
    this.#random = random.fork('fleet')
    this.#routing = random.fork('routing')
    this.#options = options
    this.#createBreaker = createBreaker
    this.#dependency = dependency
    this.#recorder = recorder
    this.#taskLimitMs = taskLimitMs
    this.#maxEnvironments = Math.max(size + 1, Math.ceil(size * options.limit))
    for (let index = 0; index < size; index++) {
      const member = this.#start()
      // The environments of the start are of all ages.
      member.retireAt -= options.lifetimeMs === Infinity ? 0 : options.lifetimeMs * this.#random.next()
      this.#release(member)
    }
  }

  /** Sets the load as a multiple of the scenario's, and schedules calls from now on. */
  load(factor: number): void {
    this.#loadFactor = factor
    this.#scheduleCall(++this.#arrivals)
  }

  /** Offers a number of calls at once. */
  burst(calls: number): void {
    for (let call = 0; call < calls; call++) this.#engine.after(0, () => this.#offer())
  }

  /** Cuts some environments, chosen at random, off from the dependency; all others reach it. */
  breakSome(count: number): void {
    const members = [...this.members.values()]
    for (const member of members) member.broken = false
    for (let left = Math.min(count, members.length); left > 0; left--) {
      const index = this.#random.integer(members.length)
      members[index]!.broken = true
      members.splice(index, 1)
    }
  }

  /** An environment that does some work beside its calls, chosen by `random`; undefined where there is none. */
  async anyDoes(random: Random, work: (member: Member) => Promise<void>): Promise<void> {
    const members = [...this.members.values()]
    const member = members[random.integer(members.length)]
    if (!member) return
    member.environment.enter()
    await work(member)
    if (!member.environment.dead) member.environment.leave()
  }

  /** Kills a share of the environments (0 to 1), chosen at random. */
  kill(share: number): void {
    for (const member of this.members.values()) if (this.#random.chance(share)) this.#kill(member)
  }

  /** Kills the environment that was started first: that with the wrong clock, if there is one. */
  killFirst(): void {
    const first = this.members.get(0)
    if (first) this.#kill(first)
  }

  /** Steps the clocks of a share of the environments (0 to 1), chosen at random, and returns those. */
  stepClocks(ms: number, share: number): readonly Environment[] {
    const stepped = [...this.members.values()].filter(() => share === 1 || this.#random.chance(share))
    for (const { environment } of stepped) environment.stepClock(ms)
    return stepped.map(({ environment }) => environment)
  }

  /** New environments have this policy; the present ones are replaced within `rolloutMs`. */
  deploy(policy: Policy, rolloutMs: number): void {
    this.#policy = policy
    for (const member of this.members.values()) {
      member.retireAt = Math.min(member.retireAt, this.#engine.now + this.#random.next() * rolloutMs)
    }
  }

  #scheduleCall(series: number): void {
    const { callsPerSecond, regular } = this.#options
    const perMs = (callsPerSecond / 1_000) * this.#loadFactor
    if (series !== this.#arrivals || perMs === 0) return
    this.#engine.after(regular ? 1 / perMs : this.#random.exponential(1 / perMs), () => {
      if (series !== this.#arrivals) return
      this.#scheduleCall(series)
      this.#offer()
    })
  }

  /** Routes a call to an environment. */
  #offer(): void {
    this.#recorder.offered()
    const member = this.#pick()
    if (member) this.#invoke(member)
    else if (this.members.size + this.#starting >= this.#maxEnvironments) this.#recorder.turnedAway()
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
    const { skewMs, wrongClockMs, lifetimeMs } = this.#options
    const offMs = this.#random.between(-skewMs, skewMs) + (this.#created === 0 ? wrongClockMs : 0)
    const environment = new Environment(this.#engine, this.#created++, offMs)
    const member: Member = {
      environment,
      breaker: this.#createBreaker(environment, this.#policy),
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

  /** A workflow: one invocation acquires a permit, the task runs outside of the fleet, and another one records its outcome. */
  #execute(member: Member, breaker: WorkflowBreaker): void {
    const engine = this.#engine
    const call = this.#recorder.begin(member)
    const work = async () => {
      call.begins()
      const token = await breaker.acquire()
      if (token === undefined) return call.ended('rejected')
      call.reached()
      let ended = false
      const end = (ok: boolean) => {
        if (ended) return
        ended = true
        call.answered()
        // A workflow waits for an environment as long as it must; the next call starts one where none is free.
        const recorder = this.#pick() ?? this.#start()
        const record = async () => {
          await (recorder.breaker as WorkflowBreaker).record(token, ok)
          call.ended(ok ? 'success' : 'failure')
        }
        this.#occupy(recorder, record)
      }
      this.#dependency.call(({ ok }) => end(ok), false)
      engine.after(this.#taskLimitMs, () => end(false))
    }
    this.#occupy(member, work)
  }

  /** An environment works, and takes its next call then. */
  #occupy(member: Member, work: () => Promise<void>): void {
    const { environment } = member
    environment.enter()
    this.#engine.after(this.#random.between(0.2, 1), () => {
      void work().then(() => {
        environment.leave()
        this.#free.push(member)
      })
    })
  }

  #invoke(member: Member): void {
    if (member.breaker instanceof WorkflowBreaker) this.#execute(member, member.breaker)
    else this.#call(member)
  }

  #call(member: Member): void {
    const { environment, breaker } = member
    const call = this.#recorder.begin(member)
    member.calls++
    environment.enter()
    const reach = (broken = false) =>
      new Promise<void>((resolve, reject) => {
        call.reached()
        const probing = breaker.state === 'h'
        const respond = ({ ok }: { readonly ok: boolean }) =>
          environment.deliver(() => {
            call.answered()
            if (ok) resolve()
            else reject(new Error('the dependency failed'))
          })
        this.#dependency.call(respond, broken || member.broken)
        if (probing && this.killsProbers) this.#engine.after(1, () => this.#kill(member))
      })
    const settle = (outcome: CallOutcome) => {
      // Killed in mid-call: there is no outcome to report.
      if (environment.dead) return
      call.ended(outcome)
      member.calls--
      environment.leave()
      this.#free.push(member)
    }
    // The runtime takes a moment to hand the event over; answers that waited in the sockets arrive meanwhile.
    this.#engine.after(this.#random.between(0.2, 1), () => {
      if (environment.dead) return
      call.begins()
      breaker.run(reach).then(settle)
    })
  }
}
