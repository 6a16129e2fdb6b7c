import type { Input } from '../aws/json-service.ts'
import { checkOf, type PermissionCheck } from './service-call.ts'

/** Where the resources are, and what is there. */
export interface Place {
  readonly region: string
  readonly account: string
}

const arnIn = (service: string, { region, account }: Place, rest: string) =>
  `arn:aws:${service}:${region}:${account}:${rest}`

/** A batch is permitted as its single action is. */
const batched = /^(SendMessage|DeleteMessage|ChangeMessageVisibility)Batch$/

/** What IAM is asked about a request to SQS. */
export function sqsChecks(place: Place, action: string, input: Input): readonly PermissionCheck[] {
  const name = input.QueueUrl === undefined ? input.QueueName : String(input.QueueUrl).split('/').at(-1)
  const single = action.replace(batched, '$1')
  return [checkOf(`sqs:${single}`, name === undefined ? '*' : arnIn('sqs', place, String(name)))]
}

/** What IAM is asked about a request to EventBridge, for each kind of event that it puts. */
export function eventsChecks(place: Place, action: string, input: Input): readonly PermissionCheck[] {
  const entries = Array.isArray(input.Entries) ? (input.Entries as Input[]) : []
  const checks = entries.map(({ EventBusName = 'default', Source, DetailType }) => {
    const bus = String(EventBusName)
    const arn = bus.startsWith('arn:') ? bus : arnIn('events', place, `event-bus/${bus}`)
    return checkOf(`events:${action}`, arn, {
      'events:source': optional(Source),
      'events:detail-type': optional(DetailType),
    })
  })
  const different = new Map(checks.map(check => [JSON.stringify(check), check]))
  return [...different.values()]
}

/** What IAM is asked about a request to Step Functions. */
export function statesChecks(action: string, input: Input): readonly PermissionCheck[] {
  const resource = optional(input.executionArn) ?? optional(input.stateMachineArn)
  return [checkOf(`states:${action}`, resource ?? '*')]
}

/** What IAM is asked before a function is invoked: a version or an alias is a resource of its own. */
export function invokeChecks(
  place: Place,
  nameOrArn: string,
  qualifier?: string,
): readonly PermissionCheck[] {
  const name = /^(?:\d{12}:function:)?(.+)$/.exec(nameOrArn)?.[1] ?? nameOrArn
  const arn = nameOrArn.startsWith('arn:') ? nameOrArn : arnIn('lambda', place, `function:${name}`)
  return [checkOf('lambda:InvokeFunction', qualifier === undefined ? arn : `${arn}:${qualifier}`)]
}

/** What IAM is asked before an HTTP task of a machine calls: the endpoint, and the secret that its connection keeps. */
export function endpointChecks(
  { region, account }: Place,
  machineArn: string,
  url: string,
  method: string,
  connection: unknown,
): readonly [call: PermissionCheck, ...ofConnection: PermissionCheck[]] {
  const call = checkOf('states:InvokeHTTPEndpoint', machineArn, {
    'states:HTTPEndpoint': url,
    'states:HTTPMethod': method,
  })
  if (typeof connection !== 'string') return [call]
  const secret = `arn:aws:secretsmanager:${region}:${account}:secret:events!connection/${connection.split('/').slice(1).join('/')}`
  return [
    call,
    checkOf('events:RetrieveConnectionCredentials', connection),
    checkOf('secretsmanager:GetSecretValue', secret),
    checkOf('secretsmanager:DescribeSecret', secret),
  ]
}

/** What IAM is asked before a method of an API is called by an identity; `path` is `STAGE/METHOD/path`. */
export function methodCheck(
  { region, account }: Place,
  apiId: string,
  path: string,
  roleArn: string | undefined,
): PermissionCheck {
  return checkOf('execute-api:Invoke', `arn:aws:execute-api:${region}:${account}:${apiId}/${path}`, {
    'aws:PrincipalArn': roleArn,
    'aws:PrincipalAccount': account,
    // As it would be in an account, where no API is without TLS.
    'aws:SecureTransport': 'true',
  })
}

/** What IAM is asked before a task starts an execution; `.sync` follows it by a rule that Step Functions manages. */
export function startChecks(
  place: Place,
  stateMachineArn: unknown,
  waits: boolean,
): readonly PermissionCheck[] {
  const machine = String(stateMachineArn)
  const start = checkOf('states:StartExecution', machine)
  if (!waits) return [start]
  const executions = `${machine.replace(':stateMachine:', ':execution:')}:*`
  const rule = arnIn('events', place, 'rule/StepFunctionsGetEventsForStepFunctionsExecutionRule')
  return [
    start,
    ...['DescribeExecution', 'StopExecution'].map(action => checkOf(`states:${action}`, executions)),
    ...['PutTargets', 'PutRule', 'DescribeRule'].map(action => checkOf(`events:${action}`, rule)),
  ]
}

function optional(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
