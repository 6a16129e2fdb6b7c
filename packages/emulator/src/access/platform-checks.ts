import type { ResolvedResource } from '../template/types.ts'
import { checkOf, type PermissionCheck } from './service-call.ts'

/** What Lambda does by a function's role when an environment starts: its log stream, and traces where they are on. */
export function environmentChecks(
  { name, arn = '', properties }: ResolvedResource,
  environment: string,
): readonly PermissionCheck[] {
  const [, , , region, account] = arn.split(':')
  const { LogGroup = `/aws/lambda/${name}` } = Object(properties.LoggingConfig) as { LogGroup?: unknown }
  const stream = `arn:aws:logs:${region}:${account}:log-group:${LogGroup}:log-stream:${environment}`
  const traced = Object(properties.TracingConfig).Mode === 'Active'
  return [
    checkOf('logs:CreateLogStream', stream),
    checkOf('logs:PutLogEvents', stream),
    ...(traced ? traces(['PutTraceSegments', 'PutTelemetryRecords']) : []),
  ]
}

/** What Step Functions does by a machine's role to deliver its logs, where they are on. */
export function loggingChecks(configuration: unknown): readonly PermissionCheck[] {
  const { Level = 'OFF' } = Object(configuration) as { Level?: unknown }
  return Level === 'OFF' ? [] : deliveryActions.map(action => checkOf(`logs:${action}`, '*'))
}

/** As Step Functions asks for them; log deliveries know no resources. */
const deliveryActions = [
  'CreateLogDelivery',
  'GetLogDelivery',
  'UpdateLogDelivery',
  'DeleteLogDelivery',
  'ListLogDeliveries',
  'PutResourcePolicy',
  'DescribeResourcePolicies',
  'DescribeLogGroups',
]

/** What Step Functions does by a machine's role for traces, where they are on. */
export function tracingChecks(configuration: unknown): readonly PermissionCheck[] {
  const { Enabled } = Object(configuration) as { Enabled?: unknown }
  if (Enabled !== true && Enabled !== 'true') return []
  return traces(['PutTraceSegments', 'PutTelemetryRecords', 'GetSamplingRules', 'GetSamplingTargets'])
}

function traces(actions: readonly string[]): readonly PermissionCheck[] {
  return actions.map(action => checkOf(`xray:${action}`, '*'))
}
