import { type EventPattern, Match } from 'aws-cdk-lib/aws-events'

/** Accounts whose events are taken. */
type Accounts = readonly string[]

const secrets = 'aws.secretsmanager'
const parameters = 'aws.ssm'
const cloudTrailEvent = 'AWS Service Event via CloudTrail'

/** A staging label of a secret moved. Which label is for the trigger to judge, as services may read any. */
export function labelUpdated(account: Accounts): EventPattern {
  return pattern(account, secrets, 'Secret Label Updated')
}

/** A parameter has a new version. The same event with an exception tells of an update that failed. */
export function parameterChanged(account: Accounts): EventPattern {
  return pattern(account, parameters, 'Parameter Store Change', {
    operation: ['Create', 'Update'],
    exception: Match.doesNotExist(),
  })
}

/** A rotation succeeded, as CloudTrail tells it. */
export function rotationSucceeded(account: Accounts): EventPattern {
  return rotation(account, ['RotationSucceeded'])
}

/** A rotation came to nothing: no service is stale by it, but a person should know. */
export function rotationFailed(account: Accounts): EventPattern {
  return rotation(account, ['RotationFailed', 'RotationAbandoned'])
}

/** A parameter expires, is about to, or was not changed for too long. */
export function parameterPolicy(account: Accounts): EventPattern {
  return pattern(account, parameters, 'Parameter Store Policy Action')
}

function rotation(account: Accounts, eventName: readonly string[]): EventPattern {
  return pattern(account, secrets, cloudTrailEvent, {
    eventSource: ['secretsmanager.amazonaws.com'],
    eventName,
  })
}

function pattern(
  account: Accounts,
  source: string,
  detailType: string,
  detail?: Readonly<Record<string, unknown>>,
): EventPattern {
  return { account: [...account], source: [source], detailType: [detailType], ...(detail && { detail }) }
}
