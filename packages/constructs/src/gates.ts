import type { Policy } from '@breakwater/circuit'
import { invalid } from '@breakwater/circuit/shared'
import { namePattern } from '@breakwater/dynamodb/schema'
import { Token } from 'aws-cdk-lib'
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam'
import type { IFunction, IVersion } from 'aws-cdk-lib/aws-lambda'
import type { CircuitGate } from './circuit-gate.ts'

/** A circuit gate, as guarded tasks use it. */
export interface ICircuitGate {
  /** ARN of the function. */
  readonly functionArn: string
  /** Names of the circuits that it may use; undefined for all in the table. */
  readonly circuits?: readonly string[] | undefined
  /** The policy of a circuit; without a name, of the circuits that have none of their own. */
  policyOf(circuit?: string): Policy | undefined
  /** Allows a workflow to call the gate. */
  grantInvoke(grantee: IGrantable): Grant
}

type Gate = ICircuitGate | IFunction

const isCircuitGate = (gate: Gate): gate is ICircuitGate => 'policyOf' in gate

/** The names of the circuits that a gate may use, as far as they are known. */
export function circuitsOf(gate: Gate): readonly string[] | undefined {
  return isCircuitGate(gate) ? gate.circuits : undefined
}

/** The policy that a gate has for a circuit, as far as it is known. */
export function policyOf(gate: Gate, circuit?: string): Policy | undefined {
  return isCircuitGate(gate) ? gate.policyOf(circuit) : undefined
}

/** Allows a state machine to call a gate, in the version that its definition names. */
export function grantGate(gate: Gate, grantee: IGrantable): Grant {
  return isCircuitGate(gate) ? gate.grantInvoke(grantee) : gate.grantInvokeLatestVersion(grantee)
}

/** Whether a function is a gate, or a version or an alias of it. */
export function isGate(handler: IFunction, gate: Gate): boolean {
  const own = isCircuitGate(gate) ? (gate as Partial<CircuitGate>).function : gate
  const plain = (one: IFunction | undefined) =>
    (one && 'lambda' in one ? (one as IVersion).lambda : one)?.node
  return own !== undefined && plain(handler) === plain(own)
}

/** Whether a name stands for one circuit, and is known now. */
export function isPlain(name: string): boolean {
  return !Token.isUnresolved(name) && !/[*?]/.test(name)
}

/**
 * Checks that a gate has a circuit.
 *
 * @param where construct and property, for the error.
 * @throws TypeError naming where, the circuit and those of the gate.
 */
export function checkCircuit(where: string, circuit: string, gate: Gate): void {
  const allowed = circuitsOf(gate)
  if (isAmong(circuit, allowed)) return
  throw invalid(where, circuit, `a circuit of its gate: ${allowed?.join(', ')}`)
}

/** Whether a circuit is among those named, as far as it is known before the deployment. */
export function isAmong(circuit: string, names: readonly string[] | undefined): boolean {
  if (names === undefined || [circuit, ...names].some(name => Token.isUnresolved(name))) return true
  return names.some(name => namePattern(name).test(circuit))
}
