import {
  type Check,
  listOf,
  numberBetween,
  objectWith,
  oneOf,
  textLike,
  wholeNumber,
} from '@breakwater/circuit/shared'
import { RemovalPolicy, Token } from 'aws-cdk-lib'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'

/** Any text, which may hold tokens. */
export const aText = textLike(/^/, 'a text')

/** Any number, which may be a token. */
export const aNumber: Check = { allowed: 'a number', good: value => typeof value === 'number' }

/** A number of a range, both ends included, or a token. */
export function numberOrToken(from: number, to: number, kind: 'number' | 'whole number' = 'number'): Check {
  const check = kind === 'number' ? numberBetween(from, to) : wholeNumber(from, to)
  return { ...check, good: value => check.good(value) || isToken(value) }
}

/** A text like a pattern, or a token. */
export function textOrToken(pattern: RegExp, allowed: string): Check {
  const check = textLike(pattern, allowed)
  return { ...check, good: value => check.good(value) || isToken(value) }
}

const isToken = (value: unknown) =>
  (typeof value === 'string' || typeof value === 'number') && Token.isUnresolved(value)

export const aCircuitTable = objectWith('a circuit table', 'grantCircuits', 'grantReadCircuits')
export const aLambdaFunction = objectWith('a Lambda function', 'grantInvoke')
export const aGate = objectWith('a CircuitGate, or a function of @breakwater/circuit-gate', 'grantInvoke')
export const lambdaFunctions = listOf(aLambdaFunction, 'Lambda functions')
export const aKey = objectWith('a key of KMS', 'grantDecrypt')
export const aRemovalPolicy = oneOf(...Object.values(RemovalPolicy))
export const aRetention: Check = {
  allowed: 'one of RetentionDays',
  good: value => typeof value === 'number' && value in RetentionDays,
}

/** A state of the CDK, a chain or a fragment. */
export const aChainable: Check = {
  allowed: 'a state, a chain or a fragment',
  good: value => typeof (value as { startState?: unknown } | null)?.startState === 'object',
}
