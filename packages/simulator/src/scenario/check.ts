import { readFileSync } from 'node:fs'
import { resolvePolicy } from '@breakwater/circuit'
import {
  anObject,
  type Check,
  type Checks,
  checkOptions,
  checkValue,
  escapeControls,
  listOf,
  oneOf,
  required,
  trueOrFalse,
} from '@breakwater/circuit/shared'
import { atLeast0, checkCondition, shareOrZero } from '../fleet/dependency-options.ts'
import { scenarioNamed } from './library.ts'
import type {
  Capacity,
  Expectations,
  FleetOptions,
  Keys,
  OverrideAct,
  Regions,
  RequestCondition,
  Scenario,
  ScenarioEvent,
  TableCondition,
} from './scenario.ts'

/** Names and titles go to a terminal. */
const text: Check = {
  allowed: 'a text without control characters',
  good: value => typeof value === 'string' && value !== '' && value === escapeControls(value),
}

const atLeast1: Check = {
  allowed: 'a number of at least 1',
  good: value => Number.isFinite(value) && (value as number) >= 1,
}

const aNumber: Check = { allowed: 'a number', good: Number.isFinite }

const scenarioChecks: Checks<Scenario> = {
  name: required(text),
  title: required(text),
  durationMs: required(atLeast0),
  sizes: required(listOf(atLeast1, 'sizes', 1)),
  fleet: required(anObject),
  policy: anObject,
  dependency: anObject,
  capacity: anObject,
  regions: anObject,
  keys: anObject,
  workflows: trueOrFalse,
  timeoutMs: atLeast0,
  events: { allowed: 'a list', good: Array.isArray, required: true },
  expect: anObject,
}
const fleetChecks: Checks<FleetOptions> = {
  callsPerSecond: atLeast0,
  perEnvironment: atLeast0,
  regular: trueOrFalse,
  skewMs: atLeast0,
  wrongClockMs: aNumber,
  lifetimeMs: atLeast0,
  concurrency: atLeast0,
  coldStartMs: atLeast0,
  limit: atLeast0,
}
const capacityChecks: Checks<Capacity> = {
  share: atLeast0,
  backlogMs: atLeast0,
  restartMs: atLeast0,
  warmUpMs: atLeast0,
  coldShare: shareOrZero,
}
const expectChecks: Checks<Expectations> = {
  wrongOpens: atLeast0,
  opens: listOf(atLeast0, 'numbers of openings', 2),
  writes: atLeast0,
  writesPerSecond: atLeast0,
  callsToOpen: atLeast0,
  closedMs: atLeast0,
  reachedSinceBurst: atLeast0,
  reachedWhileOpenEach: atLeast0,
  healthyGoodput: shareOrZero,
}
const requestChecks: Checks<RequestCondition> = {
  errorRate: shareOrZero,
  throttleRate: shareOrZero,
  deny: trueOrFalse,
  hang: trueOrFalse,
  latencyMs: atLeast0,
  latencySigma: atLeast0,
}
const tableChecks: Checks<TableCondition> = {
  ...requestChecks,
  reads: anObject,
  writes: anObject,
  additions: anObject,
  unprocessedRate: shareOrZero,
  unreachableShare: shareOrZero,
  down: trueOrFalse,
  lagMs: atLeast0,
}
const eventChecks: Checks<ScenarioEvent> = {
  atMs: required(atLeast0),
  jitterMs: atLeast0,
  dependency: anObject,
  table: anObject,
  deleteRecord: trueOrFalse,
  restoreFromMs: atLeast0,
  laterSchema: trueOrFalse,
  override: anObject,
  broken: atLeast0,
  deadKeys: atLeast0,
  loadFactor: atLeast0,
  burst: atLeast0,
  kill: shareOrZero,
  killWrongClock: trueOrFalse,
  clockStepMs: aNumber,
  clockStepShare: shareOrZero,
  killProbersForMs: atLeast0,
  deploy: anObject,
  rolloutMs: atLeast0,
}
const keysChecks: Checks<Keys> = { count: required(atLeast1), maxCircuits: atLeast1 }
const regionsChecks: Checks<Regions> = { replicationMs: required(atLeast0) }
const overrideChecks: Checks<OverrideAct> = {
  mode: required(oneOf('FORCED_OPEN', 'FORCED_CLOSED', 'OBSERVE_ONLY', 'RELEASED')),
  forMs: atLeast0,
  from: oneOf('environment', 'outside'),
}
/** All messages begin with it. */
const owner = 'scenario'

/**
 * A scenario by its name in the library, or from a file of JSON (a name that ends in `.json` or holds a slash).
 *
 * @throws RangeError for an unknown name, with the known ones; TypeError naming the field, the value and what is
 * allowed, or the file if it holds no JSON; what the file system throws.
 * @example
 * const scenario = findScenario('./our-black-friday.json')
 */
export function findScenario(nameOrFile: string): Scenario {
  if (!/\.json$|[\\/]/.test(nameOrFile)) return scenarioNamed(nameOrFile)
  const content = readFileSync(nameOrFile, 'utf8')
  let value: unknown
  try {
    value = JSON.parse(content)
  } catch (error) {
    throw new TypeError(`${nameOrFile} is no JSON: ${(error as Error).message}`)
  }
  return checkScenario(value)
}

/**
 * Checks that plain data is a scenario, and returns it unchanged.
 *
 * @throws TypeError naming the field, the value and what is allowed.
 * @example
 * const scenario = checkScenario(JSON.parse(await readFile('ours.json', 'utf8')))
 */
export function checkScenario(value: unknown): Scenario {
  checkValue(owner, 'value', value, required(anObject))
  const scenario = value as Scenario
  checkOptions(owner, scenario, scenarioChecks)
  checkOptions(owner, scenario.fleet, fleetChecks, 'fleet.')
  if (scenario.regions) checkOptions(owner, scenario.regions, regionsChecks, 'regions.')
  if (scenario.keys) checkOptions(owner, scenario.keys, keysChecks, 'keys.')
  if (scenario.capacity) checkOptions(owner, scenario.capacity, capacityChecks, 'capacity.')
  if (scenario.expect) checkOptions(owner, scenario.expect, expectChecks, 'expect.')
  const { callsPerSecond, perEnvironment } = scenario.fleet
  const load = { allowed: 'callsPerSecond, perEnvironment or both', good: () => false }
  if (callsPerSecond === undefined && perEnvironment === undefined)
    checkValue(owner, 'fleet', scenario.fleet, load)
  resolvePolicy(scenario.policy ?? {}, `${owner}: policy`)
  for (const [index, event] of scenario.events.entries()) checkEvent(scenario, event, `events[${index}]`)
  return scenario
}

function checkEvent({ policy }: Scenario, event: ScenarioEvent, name: string): void {
  checkOptions(owner, event, eventChecks, `${name}.`)
  const { table, deploy, dependency, override } = event
  if (table) checkTable(table, `${name}.table.`)
  if (override) checkOptions(owner, override, overrideChecks, `${name}.override.`)
  if (deploy)
    resolvePolicy({ ...policy, ...deploy } as Scenario['policy'] & object, `${owner}: ${name}.deploy`)
  if (dependency) checkCondition(owner, `${name}.dependency`, dependency)
}

function checkTable(table: TableCondition, path: string): void {
  checkOptions(owner, table, tableChecks, path)
  for (const kind of ['reads', 'writes', 'additions'] as const) {
    if (table[kind]) checkOptions(owner, table[kind], requestChecks, `${path}${kind}.`)
  }
}
