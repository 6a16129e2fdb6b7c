import { type CircuitOptions, type Policy, resolvePolicy } from '@breakwater/circuit'
import {
  anObject,
  booleanOf,
  checkValue,
  invalid,
  trueOrFalse,
  unknownOption,
} from '@breakwater/circuit/shared'

/** The options that an environment variable can hold. */
type VariableOptions = Policy & Pick<CircuitOptions, 'disabled'>

/** The options that hold for a circuit, and what was wrong with those of the environment. */
export interface MergedOptions<O> {
  readonly options: O
  /** Undefined where nothing was. */
  readonly problem: string | undefined
}

const variable = 'CIRCUIT_OPTIONS'
const policyNames = Object.keys(resolvePolicy({}))
const rateNames = ['failureRate', 'slowCallRate', 'slowCallMs', 'minimumCalls']

/**
 * Merges the options of the environment over those of the code. Options that cannot be used are left out, all of them but
 * `disabled: true`, the off switch.
 *
 * @param own the options of the code.
 * @param env the variables.
 * @param circuit the name of the circuit; none for circuits by key.
 */
export function mergeOptions<O extends CircuitOptions>(
  own: O,
  env: Readonly<Record<string, string | undefined>>,
  circuit?: string,
): MergedOptions<O> {
  // As the circuit reads it, so that neither the code nor CIRCUIT_OPTIONS takes this switch back.
  const off = booleanOf(env.BREAKWATER_DISABLED ?? '') && { disabled: true }
  let given: object = {}
  try {
    given = readOptions(env[variable], circuit)
    checkNames(given)
    const options = { ...withoutOtherRule(own, given), ...given, ...off }
    checkPolicy(options)
    return { options, problem: undefined }
  } catch (error) {
    const disabled = (given as VariableOptions).disabled === true && { disabled: true }
    return { options: { ...own, ...disabled, ...off }, problem: (error as Error).message }
  }
}

/** The options in the variable: of all circuits, or `{ default, circuits }` by their names. */
function readOptions(value: string | undefined, circuit: string | undefined): VariableOptions {
  if (value === undefined || value.trim() === '') return {}
  const parsed = parse(value)
  if (!anObject.good(parsed)) throw invalid(variable, value, 'a JSON object such as {"openMs":5000}')
  const all = parsed as { readonly default?: unknown; readonly circuits?: unknown }
  const isByName = Object.hasOwn(all, 'default') || Object.hasOwn(all, 'circuits')
  const options = isByName ? optionsOf(all, circuit) : all
  if (!anObject.good(options)) throw invalid(`${variable}: options`, options, anObject.allowed)
  return options as VariableOptions
}

function optionsOf({ circuits = {}, default: others = {} }: Record<string, unknown>, circuit = ''): unknown {
  if (!anObject.good(circuits))
    throw invalid(`${variable}: circuits`, circuits, 'an object of options by circuit')
  return Object.hasOwn(circuits as object, circuit) ? (circuits as Record<string, unknown>)[circuit] : others
}

/** One rule trips a circuit: where the environment names one, that of the code is gone. */
function withoutOtherRule<O extends CircuitOptions>(own: O, given: object): O {
  const other =
    'consecutiveFailures' in given
      ? rateNames
      : rateNames.some(name => name in given)
        ? ['consecutiveFailures']
        : []
  return Object.fromEntries(Object.entries(own).filter(([name]) => !other.includes(name))) as O
}

/** JSON holds none of the other options, which are functions and objects. */
function checkNames(given: VariableOptions): void {
  for (const name of Object.keys(given)) {
    if (name !== 'disabled' && !policyNames.includes(name))
      throw unknownOption(`${variable}: option`, name, [...policyNames, 'disabled'])
  }
  checkValue(variable, 'disabled', given.disabled, trueOrFalse)
}

function checkPolicy(options: object): void {
  const isPolicy = ([name]: [string, unknown]) => policyNames.includes(name)
  resolvePolicy(Object.fromEntries(Object.entries(options).filter(isPolicy)), variable)
}

function parse(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}
