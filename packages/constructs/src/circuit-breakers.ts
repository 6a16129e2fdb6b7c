import { type CircuitOptions, type Policy, resolvePolicy } from '@breakwater/circuit'
import {
  anObject,
  type Checks,
  checkOptions,
  checkValue,
  listOf,
  objectWith,
  required,
  trueOrFalse,
} from '@breakwater/circuit/shared'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { aCircuitTable, aNumber } from './checks.ts'
import { circuitNames, type ICircuitTable } from './circuit-grants.ts'

/** Names of the environment variables of a function with circuits. */
export const circuitVariables = { table: 'CIRCUIT_TABLE', options: 'CIRCUIT_OPTIONS' } as const

/** The options of a circuit that an environment variable can hold: numbers, and `disabled`. */
export type CircuitVariableOptions = Policy & Pick<CircuitOptions, 'disabled'>

/** Properties of {@link CircuitBreakers}. */
export interface CircuitBreakersProps {
  /** The table that shares the circuits. */
  readonly table: ICircuitTable
  /** The functions that guard their calls. @default none yet: see {@link CircuitBreakers.guard} */
  readonly functions?: readonly LambdaFunction[]
  /** Names of the circuits the functions may use; `*` and `?` are wildcards (`tenant:*`). @default all in the table */
  readonly circuits?: readonly string[]
  /** Options of the functions' circuits, checked when the template is made; they go before those in the code. @default those in their code */
  readonly options?: CircuitVariableOptions
}

const owner = 'CircuitBreakers'
const aFunctionOfThisApp = objectWith('a function of this app', 'addEnvironment')
const checks: Checks<CircuitBreakersProps> = {
  table: required(aCircuitTable),
  functions: listOf(aFunctionOfThisApp, 'functions of this app'),
  circuits: circuitNames,
  options: anObject,
}

/**
 * Gives functions the environment variables `CIRCUIT_TABLE` and `CIRCUIT_OPTIONS` and the permissions that their circuits
 * need, confined to the circuits named. The functions read them by `circuitFromEnvironment` of `@breakwater/dynamodb`.
 *
 * @throws TypeError for a bad property or option, naming it, its value and what is allowed.
 * @example
 * new CircuitBreakers(this, 'Breakers', { table, functions: [handler], circuits: ['payments'], options: { openMs: 2_000 } })
 */
export class CircuitBreakers extends Construct {
  readonly #table: ICircuitTable
  readonly #circuits: readonly string[] | undefined
  readonly #options: string | undefined

  constructor(scope: Construct, id: string, props: CircuitBreakersProps) {
    super(scope, id)
    checkOptions(owner, props, checks)
    this.#table = props.table
    this.#circuits = props.circuits
    this.#options = props.options && optionsText(props.options)
    for (const handler of props.functions ?? []) this.guard(handler)
  }

  /**
   * Gives one more function the variables and permissions.
   *
   * @throws TypeError for what is no function of this app; an imported one cannot be given variables.
   * @example
   * breakers.guard(handler)
   */
  guard(handler: LambdaFunction): void {
    checkValue(`${owner}.guard`, 'handler', handler, required(aFunctionOfThisApp))
    this.#table.grantGuard(handler, this.#circuits)
    handler.addEnvironment(circuitVariables.table, this.#table.tableName)
    if (this.#options !== undefined) handler.addEnvironment(circuitVariables.options, this.#options)
  }
}

function optionsText(options: CircuitVariableOptions): string {
  // JSON drops functions and the like: the function would silently use a default.
  for (const [name, value] of Object.entries(options)) {
    checkValue(owner, `options.${name}`, value, name === 'disabled' ? trueOrFalse : aNumber)
  }
  resolvePolicy(options, `${owner}: options`)
  return JSON.stringify(options)
}
