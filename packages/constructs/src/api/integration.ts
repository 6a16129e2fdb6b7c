import {
  AwsIntegration,
  type IntegrationResponse,
  type MethodResponse,
  PassthroughBehavior,
} from 'aws-cdk-lib/aws-apigateway'
import type { IRole } from 'aws-cdk-lib/aws-iam'
import { serviceFailure, serviceRefusal } from './templates.ts'

const json = 'application/json'

const headers = {
  '202': { 'method.response.header.Location': true },
  '429': { 'method.response.header.Retry-After': true },
  '503': { 'method.response.header.Retry-After': true },
}

/** The statuses of a method; the templates choose one. */
export const methodResponses: MethodResponse[] = [
  ...['200', '400', '404', '409', '413', '500', '502', '504'].map(statusCode => ({ statusCode })),
  ...Object.entries(headers).map(([statusCode, responseParameters]) => ({ statusCode, responseParameters })),
]

/** A call of Step Functions: the action, the role, and the templates of request and answer. */
export interface WorkflowCall {
  readonly action: 'StartSyncExecution' | 'StartExecution' | 'DescribeExecution'
  readonly role: IRole
  readonly request: string
  /** The template for the answer of the service, where it accepted the request. */
  readonly response: string
}

/**
 * A direct call of Step Functions, without a function in between. The templates make every answer; a body that is not
 * JSON gets 415.
 *
 * @example
 * workflowIntegration({ action: 'StartSyncExecution', role, request: startRequest(arn), response: syncAnswer() })
 */
export function workflowIntegration({ action, role, request, response }: WorkflowCall): AwsIntegration {
  const answer = (template: string): Pick<IntegrationResponse, 'responseTemplates'> => ({
    responseTemplates: { [json]: template },
  })
  return new AwsIntegration({
    service: 'states',
    action,
    integrationHttpMethod: 'POST',
    options: {
      credentialsRole: role,
      passthroughBehavior: PassthroughBehavior.NEVER,
      requestTemplates: { [json]: request },
      integrationResponses: [
        { statusCode: '200', ...answer(response) },
        { statusCode: '400', selectionPattern: '4\\d{2}', ...answer(serviceRefusal) },
        { statusCode: '502', selectionPattern: '5\\d{2}', ...answer(serviceFailure) },
      ],
    },
  })
}
