export { createParameters, type Parameters, type ParametersOptions } from './parameters.ts'
export { createSecrets, type Secrets, type SecretsOptions } from './secrets.ts'

/** What stands before an action of Secrets Manager, and of Parameter Store, in X-Amz-Target. */
export const secretsTarget = 'secretsmanager'
export const parametersTarget = 'AmazonSSM'
