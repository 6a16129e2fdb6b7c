import { type CircuitEvent, type Policy, resolvePolicy } from '@breakwater/circuit'
import { Engine } from '../engine/engine.ts'
import type { Environment } from '../engine/environment.ts'
import { Random } from '../engine/random.ts'
import { BreakwaterGuard } from '../fleet/breakwater.ts'
import { Dependency, type DependencyOptions } from '../fleet/dependency.ts'
import { Fleet } from '../fleet/fleet.ts'
import { Recorder } from '../fleet/recorder.ts'
import { withVirtualDate } from '../peers/cockatiel.ts'
import type { Guard } from '../peers/peer.ts'
import type { Happening, Scenario } from '../scenario/scenario.ts'
import { makePeer, type SchemeName } from '../schemes.ts'
import { SimulatedTable } from '../table/table.ts'
import { Invariants } from './invariants.ts'
import { Measuring } from './measuring.ts'
import { PeerWatch } from './peer-watch.ts'
import type { RunResult } from './result.ts'
import { TableWatch } from './table-watch.ts'

/** How to run a scenario. */
export interface SimulateOptions {
  readonly seed: number
  /** Environments at the start. */
  readonly size: number
  /** Whose breaker guards the calls. @default breakwater */
  readonly scheme?: SchemeName
  /** Laid over the scenario's policy. */
  readonly policy?: Policy
  /** Keep time lines and the state of each environment, for a report. @default false */
  readonly detail?: boolean
}

/** How long calls may go on after the last one began, ms. */
const drainMs = 60_000

/**
 * Lives through a scenario once: the real circuit over the real store in every environment, in virtual time. The same
 * scenario, size and seed give the same run. Violated invariants are in the result, not thrown.
 *
 * @example
 * const run = await simulate(scenarioNamed('outage'), { seed: 1, size: 100 })
 * console.log(run.measures.reachedWhileDown, run.violations)
 */
export async function simulate(scenario: Scenario, options: SimulateOptions): Promise<RunResult> {
  const { seed, size, scheme = 'breakwater', detail = false } = options
  const engine = new Engine()
  const random = new Random(`${scenario.name} ${size} ${seed}`)
  const given = { ...scenario.policy, ...options.policy } as Policy
  const policy = resolvePolicy(given)
  const fleetOptions = {
    ...{ perEnvironment: Infinity, callsPerSecond: Infinity, skewMs: 25, lifetimeMs: Infinity },
    ...{ concurrency: 1, coldStartMs: 250, limit: 2 },
    ...scenario.fleet,
  }
  const callsPerSecond = Math.min(fleetOptions.callsPerSecond, fleetOptions.perEnvironment * size)
  const timeoutMs = scenario.timeoutMs ?? 2_000

  const table = new SimulatedTable(engine, random.fork('table'))
  const dependency = new Dependency(engine, random.fork('dependency'), dependencyOf(scenario, callsPerSecond))
  const ours = scheme === 'breakwater'
  const invariants = new Invariants(engine, policy, fleetOptions.skewMs)
  const measuring = new Measuring(engine, table, dependency, policy)
  const generations = new Map<number, number>()
  const recorder = new Recorder(engine, {
    reached: ({ environment, guard }) => {
      measuring.reached()
      if (!(guard instanceof BreakwaterGuard)) return
      const { belief, alone, generation } = guard
      invariants.reached(environment, belief === 'h', alone)
      generations.set(environment.id, generation)
    },
    ended: ({ environment, guard }, answer, waitedMs) => {
      if (!ours) return
      invariants.waited(environment, waitedMs)
      if (answer !== 'rejected') return
      invariants.shed(environment)
      // What its own gate sheds an environment may report as failed.
      if (guard instanceof BreakwaterGuard && guard.belief === 's')
        invariants.settled(environment, guard.generation)
    },
  })
  table.observer = ours
    ? new TableWatch(invariants, measuring)
    : new PeerWatch(engine, measuring, policy.openMs)

  const heard = (environment: Environment) => (event: CircuitEvent) => {
    if (event.type === 'call') {
      if (event.slow || event.outcome === 'failure') invariants.trouble = true
      const generation = generations.get(environment.id)
      if (generation !== undefined) invariants.settled(environment, generation)
    } else if (event.type === 'store-failure') {
      invariants.tableTroubleAt = engine.now
      invariants.note(`${environment.name} has lost the table: ${event.message}`)
    } else if (event.type === 'transition' && event.scope === 'environment') {
      invariants.note(`${environment.name} alone: ${event.from} to ${event.to}, ${event.reason}`)
      if (event.to === 'OPEN') measuring.openedAlone(fleet.members.get(environment.id)?.broken ?? false)
    } else if (event.type === 'transition' && event.origin === 'here') {
      invariants.told(environment, event.generation)
    }
  }
  const guardOf = (environment: Environment, deployed: Policy): Guard => {
    const merged = { ...given, ...deployed } as Policy
    return ours
      ? new BreakwaterGuard(environment, random, table, merged, timeoutMs, heard(environment))
      : makePeer(scheme, environment, random, table, resolvePolicy(merged), timeoutMs)
  }
  const fleet = new Fleet(
    engine,
    random,
    size,
    { ...fleetOptions, callsPerSecond },
    guardOf,
    dependency,
    recorder,
  )
  measuring.watch(fleet, recorder, detail, scenario.durationMs)

  const startMs = engine.now
  const jitter = random.fork('happenings')
  for (const happening of scenario.happenings) {
    const atMs = happening.atMs + (happening.jitterMs ?? 0) * jitter.next()
    engine.at(startMs + atMs, () => happens(happening))
  }
  const happens = (happening: Happening) => {
    const { broken, loadFactor, burst, kill, killProbersForMs, deploy, rolloutMs = 10_000 } = happening
    invariants.note(`happens: ${JSON.stringify(happening)}`)
    measuring.happened(happening)
    if (happening.dependency) dependency.condition = happening.dependency
    if (happening.table) {
      const { unreachableShare = 0, ...conditions } = happening.table
      table.conditions = {
        ...conditions,
        unreachable: ({ id }) => ((id * 2_654_435_761) >>> 0) / 2 ** 32 < unreachableShare,
      }
      invariants.tableTroubleAt = engine.now
    }
    if (broken !== undefined) fleet.breakSome(broken)
    if (loadFactor !== undefined) fleet.load(loadFactor)
    if (burst !== undefined) fleet.burst(Math.round(burst * fleet.members.size))
    if (kill !== undefined) fleet.kill(kill)
    if (killProbersForMs !== undefined) {
      fleet.killsProbers = true
      engine.after(killProbersForMs, () => {
        fleet.killsProbers = false
      })
    }
    if (deploy) fleet.deploy(deploy, rolloutMs)
  }
  const live = async () => {
    fleet.load(1)
    await engine.run(startMs + scenario.durationMs)
    measuring.finish()
    fleet.load(0)
    await engine.run(engine.now + drainMs)
  }
  if (scheme === 'cockatiel') await withVirtualDate(() => Math.floor(engine.now), live)
  else await live()

  const result = measuring.result(scenario, seed, size, scheme, callsPerSecond)
  const { tableItems, held } = result.measures
  if (ours) invariants.finished(recorder.open, tableItems, held)
  // What a scenario expects, it expects of its own policy.
  if (ours && !options.policy) expectations(scenario, result, invariants, policy.minimumCalls)
  return { ...result, violations: invariants.violations }
}

/** A dependency with so much capacity as the scenario gives it for this load. */
function dependencyOf({ dependency = {}, capacity }: Scenario, callsPerSecond: number): DependencyOptions {
  if (!capacity) return dependency
  const { share, backlogMs, ...collapse } = capacity
  const { latencyMs = 50 } = dependency
  return {
    ...dependency,
    servers: Math.ceil((callsPerSecond * share * latencyMs) / 1_000),
    collapse: { ...collapse, backlog: Math.ceil((callsPerSecond * backlogMs) / 1_000) },
  }
}

function expectations(
  { expect = {}, durationMs }: Scenario,
  { measures }: Omit<RunResult, 'violations'>,
  invariants: Invariants,
  minimumCalls: number,
): void {
  const { wrongOpens = 0, opens = [0, Infinity], writes, writesPerSecond, callsToOpen } = expect
  const check = (holds: boolean, message: string) => {
    if (!holds) invariants.broken('expected', message)
  }
  check(
    measures.wrongOpens <= wrongOpens,
    `opened ${measures.wrongOpens} times although the dependency was well`,
  )
  check(
    measures.opens >= opens[0] && measures.opens <= opens[1],
    `opened ${measures.opens} times, expected ${opens[0]} to ${opens[1]}`,
  )
  if (writes !== undefined) check(measures.writes <= writes, `${measures.writes} writes, at most ${writes}`)
  if (writesPerSecond !== undefined) {
    const rate = (measures.writes * 1_000) / durationMs
    check(rate <= writesPerSecond, `${rate.toFixed(1)} writes a second, at most ${writesPerSecond}`)
  }
  if (callsToOpen !== undefined) {
    const most = callsToOpen * minimumCalls
    check(
      measures.callsToOpen !== undefined && measures.callsToOpen <= most,
      `opened after ${measures.callsToOpen} calls, expected at most ${most}`,
    )
  }
}
