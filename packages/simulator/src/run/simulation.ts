import { type CircuitEvent, type Policy, type ResolvedPolicy, resolvePolicy } from '@breakwater/circuit'
import { Engine } from '../engine/engine.ts'
import { Environment } from '../engine/environment.ts'
import { Random } from '../engine/random.ts'
import type { Breaker, BreakerFactory } from '../fleet/breaker.ts'
import { BreakwaterBreaker } from '../fleet/breakwater.ts'
import { CallRecorder } from '../fleet/call-recorder.ts'
import { customBreaker } from '../fleet/custom.ts'
import { Dependency } from '../fleet/dependency.ts'
import type { DependencyOptions } from '../fleet/dependency-options.ts'
import { Fleet } from '../fleet/fleet.ts'
import { KeyedBreaker } from '../fleet/keyed.ts'
import { WorkflowBreaker } from '../fleet/workflows.ts'
import type { FleetOptions, OverrideAct, Scenario, ScenarioEvent } from '../scenario/scenario.ts'
import { SimulatedTable } from '../table/table.ts'
import { CircuitWatch } from './circuit-watch.ts'
import { withoutComplaints } from './complaints.ts'
import { Conditions } from './conditions.ts'
import { unmetExpectations } from './expectations.ts'
import { Invariants } from './invariants.ts'
import type { KeyedInvariants } from './keyed-invariants.ts'
import { Measurements } from './measurements.ts'
import { CustomStateObserver, KeyedObserver, RecordObserver, stateKey, withSchema } from './observers.ts'
import type { RunResult } from './result.ts'

/** Options of one run. */
export interface SimulateOptions {
  /** The same scenario, size and seed give the same run. */
  readonly seed: number
  /** Environments at the start. */
  readonly size: number
  /** A custom circuit breaker in place of Breakwater's. @default Breakwater */
  readonly breaker?: BreakerFactory | undefined
  /** Options that replace those of the scenario's policy. */
  readonly policy?: Policy
  /** Record the state of each environment over time, for a report. @default false */
  readonly detail?: boolean
}

/** How long calls may go on after the last one began, ms. */
const drainMs = 60_000

/** A Region: its replica of the table, and the invariants of what its environments do. */
interface Region {
  readonly table: SimulatedTable
  readonly invariants: Invariants
  readonly watch: CircuitWatch
}

/** One run: the fleet, its dependency, its table, and their observers. */
export class Simulation {
  readonly #scenario: Scenario
  readonly #options: SimulateOptions
  readonly #engine = new Engine()
  readonly #random: Random
  /** Which environment an operator uses. */
  readonly #operators: Random
  /** Options of the policy as given, without defaults. */
  readonly #policyOptions: Policy
  readonly #policy: ResolvedPolicy
  readonly #callsPerSecond: number
  readonly #timeoutMs: number
  /** The first one's table is that whose figures the result has. */
  readonly #regions: readonly Region[]
  readonly #dependency: Dependency
  readonly #fleet: Fleet
  readonly #recorder: CallRecorder
  readonly #conditions: Conditions
  readonly #measurements: Measurements
  /** With a circuit for each of many keys. */
  readonly #keyed: KeyedInvariants | undefined

  constructor(scenario: Scenario, options: SimulateOptions) {
    const { seed, size, breaker, detail = false } = options
    const fleetOptions = withDefaults(scenario.fleet)
    const engine = this.#engine
    const random = new Random(`${scenario.name} ${size} ${seed}`)
    this.#scenario = scenario
    this.#options = options
    this.#random = random
    this.#operators = random.fork('operators')
    this.#policyOptions = { ...scenario.policy, ...options.policy } as Policy
    this.#policy = resolvePolicy(this.#policyOptions)
    this.#callsPerSecond = Math.min(fleetOptions.callsPerSecond, fleetOptions.perEnvironment * size)
    this.#timeoutMs = scenario.timeoutMs ?? 2_000
    const capacity = dependencyOptions(scenario, this.#callsPerSecond)
    this.#dependency = new Dependency(engine, random.fork('dependency'), capacity)
    this.#conditions = new Conditions(engine, this.#dependency, this.#policy, scenario)
    const table = new SimulatedTable(engine, random.fork('table'))
    this.#measurements = new Measurements(engine, table, this.#dependency, this.#policy)
    this.#recorder = new CallRecorder(engine, {
      begins: ({ environment }) => this.#keyed?.begins(environment),
      reached: (member, begunAt) => {
        this.#measurements.reached()
        this.#keyed?.decided(member.environment, begunAt)
        this.#regionOf(member.environment).watch.reached(member, begunAt)
      },
      ended: (member, outcome, waitedMs, begunAt) => {
        this.#keyed?.decided(member.environment, begunAt)
        this.#regionOf(member.environment).watch.ended(member, outcome, waitedMs, begunAt)
      },
    })
    const { regions } = scenario
    const first = this.#region(table)
    this.#regions = [first]
    if (regions) {
      const other = new SimulatedTable(engine, random.fork('other table'))
      this.#regions = [first, this.#region(other)]
      table.replicateTo(other, regions.replicationMs)
      other.replicateTo(table, regions.replicationMs)
    }
    const { keys } = scenario
    this.#keyed = keys && first.invariants.keyed(keys.maxCircuits ?? 1_000)
    if (breaker) table.observer = new CustomStateObserver(engine, this.#measurements, this.#policy.openMs)
    else if (this.#keyed) table.observer = new KeyedObserver(this.#keyed)
    const load = { ...fleetOptions, callsPerSecond: this.#callsPerSecond }
    const create = (environment: Environment, deployed: Policy) => this.#createBreaker(environment, deployed)
    this.#fleet = new Fleet(
      engine,
      random,
      size,
      load,
      create,
      this.#dependency,
      this.#recorder,
      this.#timeoutMs,
    )
    this.#measurements.start(this.#fleet, this.#recorder, detail, scenario.durationMs)
  }

  #region(table: SimulatedTable): Region {
    const { fleet, workflows, regions } = this.#scenario
    const traits = {
      ...withDefaults(fleet),
      ...(workflows && { taskLimitMs: this.#timeoutMs }),
      ...regions,
    }
    const [engine, conditions, measurements] = [this.#engine, this.#conditions, this.#measurements]
    const invariants = new Invariants(engine, this.#policy, traits, conditions)
    const memberOf = ({ id }: Environment) => this.#fleet.members.get(id)
    const watch = new CircuitWatch(engine, conditions, invariants, measurements, memberOf)
    table.observer = new RecordObserver(invariants, measurements)
    return { table, invariants, watch }
  }

  /** Environments are in the Regions by turns. */
  #regionOf({ id }: Environment): Region {
    return this.#regions[Math.abs(id) % this.#regions.length]!
  }

  async run(): Promise<RunResult> {
    const { breaker, seed, size, policy } = this.#options
    this.#scheduleEvents()
    const live = () => withoutComplaints(() => this.#live())
    if (breaker?.wrapRun) await breaker.wrapRun(() => Math.floor(this.#engine.now), live)
    else await live()

    const name = breaker?.name ?? 'breakwater'
    const all = this.#regions.map(({ invariants }) => invariants)
    const counted = {
      storeFailures: all.reduce((sum, { storeFailures }) => sum + storeFailures.total, 0),
      maxStoreFailures: Math.max(...all.map(({ storeFailures }) => storeFailures.max)),
      maxWritesPerOpening: Math.max(...all.map(({ openingWrites }) => openingWrites.max)),
    }
    const result = this.#measurements.result(this.#scenario, seed, size, name, this.#callsPerSecond, counted)
    const { measures } = result
    if (!breaker) {
      const [first, other] = this.#regions
      first!.invariants.finished(this.#recorder.open, measures.tableItems, measures.maxPending)
      const differing = other ? first!.table.differences(other.table) : []
      if (differing.length > 0) first!.invariants.broken('converges', `Regions differ in ${differing}`)
      // A scenario's expectations are those of its own policy.
      const { minimumCalls } = this.#policy
      const unmet = policy ? [] : unmetExpectations(this.#scenario, measures, minimumCalls, size)
      for (const message of unmet) all[0]!.broken('expected', message)
    }
    return { ...result, violations: all.flatMap(({ violations }) => violations) }
  }

  async #live(): Promise<void> {
    const engine = this.#engine
    this.#fleet.load(1)
    await engine.run(engine.now + this.#scenario.durationMs)
    this.#measurements.finish()
    this.#fleet.load(0)
    await engine.run(engine.now + Math.max(drainMs, 2 * this.#timeoutMs))
  }

  #scheduleEvents(): void {
    // The label is part of every seed: another one would be another run.
    const jitter = this.#random.fork('happenings')
    const startMs = this.#engine.now
    for (const event of this.#scenario.events) {
      const atMs = event.atMs + (event.jitterMs ?? 0) * jitter.next()
      if (event.restoreFromMs !== undefined) this.#scheduleRestore(startMs, atMs, event.restoreFromMs)
      this.#engine.at(startMs + atMs, () => this.#apply(event))
    }
  }

  /** A backup of the time that is to be restored; an empty one where that lies before the beginning. */
  #scheduleRestore(startMs: number, atMs: number, restoreFromMs: number): void {
    const [engine, { table }] = [this.#engine, this.#regions[0]!]
    let backup: ReturnType<SimulatedTable['backup']> = new Map()
    const takeBackup = () => {
      backup = table.backup()
    }
    if (atMs > restoreFromMs) engine.at(startMs + atMs - restoreFromMs, takeBackup)
    engine.at(startMs + atMs, () => table.restore(backup))
  }

  #apply(event: ScenarioEvent): void {
    const {
      broken,
      loadFactor,
      burst,
      kill,
      killWrongClock,
      killProbersForMs,
      deploy,
      rolloutMs = 10_000,
      clockStepMs,
      clockStepShare = 1,
    } = event
    const fleet = this.#fleet
    this.#conditions.applied(event)
    for (const { invariants } of this.#regions) invariants.happened(event)
    this.#measurements.eventApplied(event)
    if (event.dependency) this.#dependency.condition = event.dependency
    if (event.table) {
      const { unreachableShare: _, ...conditions } = event.table
      for (const { table, invariants } of this.#regions) {
        table.conditions = { ...conditions, unreachable: this.#conditions.unreachable }
        invariants.tableTroubleAt = this.#engine.now
      }
    }
    if (event.deleteRecord) this.#regions[0]!.table.replace(stateKey, undefined)
    if (event.laterSchema !== undefined) this.#changeSchema(event.laterSchema)
    if (clockStepMs !== undefined)
      for (const environment of fleet.stepClocks(clockStepMs, clockStepShare))
        this.#regionOf(environment).invariants.clockStepped(environment)
    if (event.override) void this.#override(event.override)
    if (event.deadKeys !== undefined) this.#keyed?.died(event.deadKeys)
    if (broken !== undefined) fleet.breakSome(broken)
    if (loadFactor !== undefined) fleet.load(loadFactor)
    if (burst !== undefined) fleet.burst(Math.round(burst * fleet.members.size))
    if (kill !== undefined) fleet.kill(kill)
    if (killWrongClock) fleet.killFirst()
    if (killProbersForMs !== undefined) {
      fleet.killsProbers = true
      this.#engine.after(killProbersForMs, () => {
        fleet.killsProbers = false
      })
    }
    if (deploy) fleet.deploy(deploy, rolloutMs)
  }

  async #override(act: OverrideAct): Promise<void> {
    const make = async (environment: Environment, breaker: Breaker) => {
      if (!(breaker instanceof BreakwaterBreaker)) return
      const failed = await breaker.override(act).then(
        () => undefined,
        (error: unknown) => error,
      )
      this.#regionOf(environment).invariants.note(
        `${environment.name} ${failed ? 'failed to make' : 'made'} it ${act.mode}`,
      )
    }
    if (act.from !== 'outside')
      return this.#fleet.anyDoes(this.#operators, ({ environment, breaker }) => make(environment, breaker))
    // A tool runs all the time that it needs.
    const tool = new Environment(this.#engine, -1, 0)
    tool.enter()
    await make(tool, this.#createBreaker(tool, {}))
    tool.kill()
  }

  #changeSchema(later: boolean): void {
    const { table } = this.#regions[0]!
    const item = table.read(stateKey, true)
    if (item) table.replace(stateKey, withSchema(item, later))
  }

  #createBreaker(environment: Environment, deployed: Policy): Breaker {
    const [random, timeoutMs] = [this.#random, this.#timeoutMs]
    const { table, watch } = this.#regionOf(environment)
    const policy = { ...this.#policyOptions, ...deployed } as Policy
    const { breaker } = this.#options
    if (breaker) return customBreaker(breaker, environment, random, table, resolvePolicy(policy), timeoutMs)
    const listener = (event: CircuitEvent) => watch.event(environment, event)
    const { keys, workflows } = this.#scenario
    if (workflows) return new WorkflowBreaker(environment, random, table, policy, timeoutMs, listener)
    if (keys)
      return new KeyedBreaker(environment, random, table, policy, timeoutMs, listener, keys, this.#keyed!)
    return new BreakwaterBreaker(environment, random, table, policy, timeoutMs, listener)
  }
}

function withDefaults(options: FleetOptions): Required<FleetOptions> {
  return {
    perEnvironment: Infinity,
    callsPerSecond: Infinity,
    regular: false,
    skewMs: 25,
    wrongClockMs: 0,
    lifetimeMs: Infinity,
    concurrency: 1,
    coldStartMs: 250,
    limit: 2,
    ...options,
  }
}

/** A dependency with the capacity that the scenario gives it for this load. */
function dependencyOptions(
  { dependency = {}, capacity }: Scenario,
  callsPerSecond: number,
): DependencyOptions {
  if (!capacity) return dependency
  const { share, backlogMs, ...collapse } = capacity
  const { latencyMs = 50 } = dependency
  return {
    ...dependency,
    servers: Math.ceil((callsPerSecond * share * latencyMs) / 1_000),
    collapse: { ...collapse, backlog: Math.ceil((callsPerSecond * backlogMs) / 1_000) },
  }
}
