/**
 * API Gateway's REST APIs on this machine, from the CloudFormation that deploys them.
 *
 * @module
 */
export { createRestApi } from './rest-api.ts'
export type {
  AwsAnswer,
  AwsCall,
  InvokeAws,
  InvokeLambda,
  ResolvedResource,
  RestApi,
  RestApiOptions,
  RestApiParts,
} from './types.ts'
