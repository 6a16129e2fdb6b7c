import { type Check, listOf, objectWith, oneOf, textLike } from '@breakwater/circuit/shared'
import { RemovalPolicy } from 'aws-cdk-lib'

/** Any text, which may hold tokens. */
export const aText = textLike(/^/, 'a text')

/** Any number, which may be a token. */
export const aNumber: Check = { allowed: 'a number', good: value => typeof value === 'number' }

export const aCircuitTable = objectWith('a circuit table', 'grantCircuits', 'grantReadCircuits')
export const aLambdaFunction = objectWith('a Lambda function', 'grantInvoke')
export const aGate = objectWith('a CircuitGate, or a function of @breakwater/circuit-gate', 'grantInvoke')
export const lambdaFunctions = listOf(aLambdaFunction, 'Lambda functions')
export const aKey = objectWith('a key of KMS', 'grantDecrypt')
export const aRemovalPolicy = oneOf(...Object.values(RemovalPolicy))
export const aRetention: Check = { ...aNumber, allowed: 'one of RetentionDays' }

/** A state of the CDK, a chain or a fragment. */
export const aChainable: Check = {
  allowed: 'a state, a chain or a fragment',
  good: value => typeof (value as { startState?: unknown } | null)?.startState === 'object',
}
