import { type Check, listOf, objectWith, oneOf, textLike } from '@breakwater/circuit/shared'
import { RemovalPolicy, Token } from 'aws-cdk-lib'
import type { IConnection } from 'aws-cdk-lib/aws-events'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'

/** Any text, which may hold tokens. */
export const aText = textLike(/^/, 'a text')

/** Any number, which may be a token. */
export const aNumber: Check = { allowed: 'a number', good: value => typeof value === 'number' }

/** What a check takes, or a token, whose value is known only when the stack is deployed. */
export function orToken(check: Check): Check {
  return { ...check, good: value => check.good(value) || isToken(value) }
}

const isToken = (value: unknown) =>
  (typeof value === 'string' || typeof value === 'number') && Token.isUnresolved(value)

export const aCircuitTable = objectWith('a circuit table', 'grantGuard', 'grantRead')
export const aLambdaFunction = objectWith('a Lambda function', 'grantInvoke')
export const aGate = objectWith('a CircuitGate, or a function of @breakwater/circuit-gate', 'grantInvoke')
export const lambdaFunctions = listOf(aLambdaFunction, 'Lambda functions')
export const aConnection: Check = {
  allowed: 'a connection of EventBridge',
  good: value => {
    const { connectionArn, connectionSecretArn } = (value ?? {}) as Partial<IConnection>
    return typeof connectionArn === 'string' && typeof connectionSecretArn === 'string'
  },
}
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
