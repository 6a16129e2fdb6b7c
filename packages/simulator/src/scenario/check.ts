import { readFileSync } from 'node:fs'
import { resolvePolicy } from '@breakwater/circuit'
import { scenarioNamed } from './library.ts'
import type { Happening, Scenario } from './scenario.ts'

type Check = (value: unknown) => boolean
const number: Check = value => typeof value === 'number' && Number.isFinite(value) && value >= 0
const share: Check = value => number(value) && (value as number) <= 1
const text: Check = value => typeof value === 'string' && value !== ''
const object: Check = value => typeof value === 'object' && value !== null && !Array.isArray(value)
const yes: Check = value => typeof value === 'boolean'

const scenarioFields: Record<keyof Scenario, Check> = {
  name: text,
  title: text,
  durationMs: number,
  sizes: value => Array.isArray(value) && value.length > 0 && value.every(size => number(size) && size >= 1),
  fleet: object,
  policy: object,
  dependency: object,
  capacity: object,
  timeoutMs: number,
  happenings: Array.isArray,
  expect: object,
}
const fleetFields = {
  ...{ callsPerSecond: number, perEnvironment: number, skewMs: number, lifetimeMs: number },
  ...{ concurrency: number, coldStartMs: number, limit: number },
}
const capacityFields = {
  share: number,
  backlogMs: number,
  restartMs: number,
  warmUpMs: number,
  coldShare: share,
}
const tableFields = {
  ...{ errorRate: share, throttleRate: share, unreachableShare: share, down: yes, hang: yes },
  ...{ lagMs: number, latencyMs: number },
}
const happeningFields: Record<keyof Happening, Check> = {
  atMs: number,
  jitterMs: number,
  dependency: object,
  table: object,
  broken: number,
  loadFactor: number,
  burst: number,
  kill: share,
  killProbersForMs: number,
  deploy: object,
  rolloutMs: number,
}
const required: readonly (keyof Scenario)[] = ['name', 'title', 'durationMs', 'sizes', 'fleet', 'happenings']

/**
 * A scenario by its name in the library, or from a file of JSON (a name that ends in `.json` or holds a slash).
 *
 * @throws RangeError for an unknown name; TypeError naming the field, the value and what is allowed, or the file if it
 * holds no JSON; what the file system throws.
 * @example
 * const scenario = findScenario('./our-black-friday.json')
 */
export function findScenario(nameOrFile: string): Scenario {
  if (!/\.json$|[\\/]/.test(nameOrFile)) return scenarioNamed(nameOrFile)
  const text = readFileSync(nameOrFile, 'utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new TypeError(`${nameOrFile} is no JSON: ${(error as Error).message}`)
  }
  return checkScenario(value)
}

/** Checks plain data. Otherwise as {@link findScenario}. */
export function checkScenario(value: unknown): Scenario {
  if (!object(value)) throw wrong('scenario', value, 'an object')
  const scenario = value as Scenario
  for (const name of required) if (scenario[name] === undefined) throw wrong(name, undefined, 'a value')
  check('', scenario, scenarioFields)
  check('fleet.', scenario.fleet, fleetFields)
  if (scenario.capacity) check('capacity.', scenario.capacity, capacityFields)
  const { callsPerSecond, perEnvironment } = scenario.fleet
  if (callsPerSecond === undefined && perEnvironment === undefined)
    throw wrong('fleet', scenario.fleet, 'callsPerSecond, perEnvironment or both')
  resolvePolicy(scenario.policy ?? {})
  for (const [index, happening] of scenario.happenings.entries()) {
    const at = `happenings[${index}].`
    check(at, happening, happeningFields)
    if (happening.atMs === undefined) throw wrong(`${at}atMs`, undefined, 'a number of at least 0')
    if (happening.table) check(`${at}table.`, happening.table, tableFields)
    if (happening.deploy)
      resolvePolicy({ ...scenario.policy, ...happening.deploy } as Scenario['policy'] & object)
    if (happening.dependency) checkDependency(`${at}dependency`, happening.dependency)
  }
  return scenario
}

function checkDependency(at: string, value: NonNullable<Happening['dependency']>): void {
  const { mode } = value
  if (mode === 'healthy' || mode === 'outage') return
  if (mode === 'brownout' && share(value.errorRate)) return
  if (mode === 'slow' && number(value.factor)) return
  throw wrong(at, value, "mode 'healthy', 'outage', 'brownout' with an errorRate, or 'slow' with a factor")
}

function check(at: string, value: object, fields: Readonly<Record<string, Check>>): void {
  if (!object(value)) throw wrong(at.slice(0, -1), value, 'an object')
  for (const [name, given] of Object.entries(value)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (!field) throw wrong(at + name, given, `nothing of that name, but ${Object.keys(fields).join(', ')}`)
    if (!field(given)) throw wrong(at + name, given, allowedBy(field))
  }
}

function allowedBy(field: Check): string {
  if (field === number) return 'a number of at least 0'
  if (field === share) return 'a number from 0 to 1'
  if (field === text) return 'a text'
  if (field === yes) return 'true or false'
  return field === object ? 'an object' : 'a list that is not empty'
}

function wrong(name: string, value: unknown, allowed: string): TypeError {
  return new TypeError(`${name}: got ${JSON.stringify(value)}; allowed is ${allowed}`)
}
