import { type Policy, resolvePolicy } from '@breakwater/circuit'
import { circuitName, escapeControls, invalid } from '@breakwater/circuit/shared'

/** Policies by the names of circuits; `*` and `?` in a name are wildcards. There are no other circuits. */
export type Policies = ReadonlyMap<string, Policy>

/** Settings of the function, from its environment variables. */
export interface Config {
  readonly circuitTable: string
  readonly policies: Policies
  /** Names of errors that count neither way. */
  readonly ignored: ReadonlySet<string>
}

const policyOptions = Object.keys(resolvePolicy({}))
const example = '{"circuits":{"payments":{"openMs":5000},"tenant:*":{}}}'

/**
 * Reads the settings.
 *
 * @throws TypeError that names the variable, what it got and what is allowed, while the environment starts.
 * @example
 * const config = readConfig(process.env)
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const { CIRCUIT_TABLE, CIRCUIT_OPTIONS, IGNORED_ERRORS } = env
  if (!CIRCUIT_TABLE)
    throw invalid('CIRCUIT_TABLE', CIRCUIT_TABLE, 'the name of the table that shares the circuits')
  return {
    circuitTable: CIRCUIT_TABLE,
    policies: readPolicies(CIRCUIT_OPTIONS),
    ignored: readNames(IGNORED_ERRORS),
  }
}

function readPolicies(value: string | undefined): Policies {
  const options = parse(value ?? '')
  if (!isObject(options)) throw invalid('CIRCUIT_OPTIONS', value, `a JSON object such as ${example}`)
  for (const name of Object.keys(options)) {
    if (name !== 'circuits') throw invalid('CIRCUIT_OPTIONS', name, `circuits, as in ${example}`)
  }
  const { circuits } = options
  // Not any circuit: callers would make as many as they like.
  if (!isObject(circuits) || Object.keys(circuits).length === 0)
    throw invalid('CIRCUIT_OPTIONS: circuits', circuits, 'an object of options by circuit, at least one')
  const named = Object.entries(circuits).map(([name, policy]) => {
    const at = `CIRCUIT_OPTIONS: circuits: ${escapeControls(JSON.stringify(name.slice(0, 64)))}`
    if (!circuitName.good(name)) throw invalid(at, name, circuitName.allowed)
    return [name, readPolicy(at, policy)] as const
  })
  return new Map(named)
}

/** Checks a policy here, so that the message names the circuit whose policy is wrong. */
function readPolicy(at: string, value: unknown): Policy {
  if (!isObject(value)) throw invalid(at, value, 'an object such as {"openMs":5000}')
  for (const name of Object.keys(value)) {
    // The other options of a circuit are functions and objects, which JSON cannot hold.
    if (!policyOptions.includes(name)) throw invalid(`${at}: option`, name, policyOptions.join(', '))
  }
  resolvePolicy(value as Policy, at)
  return value as Policy
}

function readNames(value = ''): ReadonlySet<string> {
  const names = value
    .split(',')
    .map(name => name.trim())
    .filter(Boolean)
  const bad = names.find(name => !/^[\w.-]{1,256}$/.test(name))
  if (bad !== undefined) throw invalid('IGNORED_ERRORS', bad, 'names of errors with commas between them')
  return new Set(names)
}

function parse(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
