/** The integration pattern: a Task waits for the response, for the end of a job, or until its token comes back. */
export type IntegrationPattern = 'REQUEST_RESPONSE' | 'RUN_JOB' | 'WAIT_FOR_TASK_TOKEN'

/** The parts of a Task's Resource. */
export interface Resource {
  readonly arn: string
  /** `function`: a Lambda function by its own ARN, whose arguments and result are payloads. */
  readonly kind: 'optimized' | 'aws-sdk' | 'function'
  /** Such as `lambda`, or `dynamodb` for `aws-sdk:dynamodb:batchGetItem`. */
  readonly service: string
  /** Such as `invoke`, without the suffix of the pattern. */
  readonly action: string
  readonly pattern: IntegrationPattern
  /** 2 for `.sync:2`, whose input and output are JSON and not text. */
  readonly version: 1 | 2
  /** `resourceType` in histories, such as `lambda` or `aws-sdk:dynamodb`. */
  readonly type: string
  /** `resource` in histories, such as `invoke.waitForTaskToken`. */
  readonly name: string
}

const tokenSuffix = '.waitForTaskToken'
const supportedActions: Readonly<Record<string, readonly string[]>> = {
  dynamodb: ['getItem', 'putItem', 'updateItem', 'deleteItem'],
  events: ['putEvents', `putEvents${tokenSuffix}`],
  http: ['invoke'],
  lambda: ['invoke', `invoke${tokenSuffix}`],
  sns: ['publish', `publish${tokenSuffix}`],
  sqs: ['sendMessage', `sendMessage${tokenSuffix}`],
  states: ['startExecution', 'startExecution.sync', 'startExecution.sync:2', `startExecution${tokenSuffix}`],
}

/** The allowed Resources, for errors. */
export const allowedResources = [
  'the ARN of a Lambda function',
  'arn:aws:states:::aws-sdk:<service>:<action>',
  ...Object.entries(supportedActions).flatMap(([service, names]) =>
    names.map(name => `arn:aws:states:::${service}:${name}`),
  ),
].join(', ')

/**
 * Parses the Resource of a Task.
 *
 * @param arn the ARN of a Lambda function, or of an optimized or AWS SDK integration.
 * @returns its parts; undefined for a text that is no Resource.
 *
 * @example
 * parseResource('arn:aws:states:::sqs:sendMessage')?.service // 'sqs'
 */
export function parseResource(arn: string): Resource | undefined {
  if (/^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/.test(arn)) {
    const pattern = 'REQUEST_RESPONSE'
    return {
      arn,
      kind: 'function',
      service: 'lambda',
      action: 'invoke',
      pattern,
      version: 1,
      type: 'lambda',
      name: arn,
    }
  }
  const parts =
    /^arn:aws[a-z-]*:states:[a-z0-9-]*:\d*:((?:aws-sdk:)?([a-z0-9]+)):(([a-z]\w*)(\.waitForTaskToken|\.sync(:2)?)?)$/.exec(
      arn,
    )
  if (!parts) return undefined
  const [, type = '', service = '', name = '', action = '', suffix = '', two] = parts
  const kind = type === service ? 'optimized' : 'aws-sdk'
  if (kind === 'aws-sdk' && suffix.startsWith('.sync')) return undefined
  const pattern =
    suffix === tokenSuffix ? 'WAIT_FOR_TASK_TOKEN' : suffix === '' ? 'REQUEST_RESPONSE' : 'RUN_JOB'
  return { arn, kind, service, action, pattern, version: two ? 2 : 1, type, name }
}

/** Whether a Resource can run; `undefined` for a service that this package does not know. */
export function isSupported({ kind, service, name }: Resource): boolean | undefined {
  if (kind !== 'optimized') return true
  return supportedActions[service]?.includes(name)
}
