import { invalid } from '@breakwater/circuit/shared'
import { isAccount } from './arn.ts'
import { type Envelope, readEnvelope } from './envelope.ts'
import { clip } from './foreign.ts'
import { type EventOptions, ignored, malformed, type Notice } from './notice.ts'
import { readParameterChange, readParameterPolicy } from './parameters.ts'
import { readCall, readLabelUpdated, readRotation } from './secrets.ts'

const names = ['account', 'allowedAccounts', 'cloudTrail']

/** By source and detail-type. */
const readers = new Map<string, (envelope: Envelope, options: EventOptions) => Notice>([
  ['aws.secretsmanager Secret Label Updated', readLabelUpdated],
  ['aws.secretsmanager AWS Service Event via CloudTrail', readRotation],
  ['aws.secretsmanager AWS API Call via CloudTrail', readCall],
  ['aws.ssm Parameter Store Change', readParameterChange],
  ['aws.ssm Parameter Store Policy Action', readParameterPolicy],
])

/**
 * Reads what an event of EventBridge says of secrets and parameters. Whatever it is given, it does not throw; what it
 * answers as changed is a well-formed ARN (or name) of the account that the event came from, and of nothing else.
 *
 * @param event the event, or its JSON, such as the body of an SQS record.
 * @param options `account`; `allowedAccounts`, without which only this account is believed; `cloudTrail`, without which
 * RotationSucceeded is ignored.
 * @throws TypeError for bad options only.
 * @example
 * const notice = readEvent(record.body, { account: '123456789012' })
 * if (notice.kind === 'changed') await takeUp(notice)
 */
export function readEvent(event: unknown, options: EventOptions): Notice {
  checkOptions(options)
  try {
    return read(event, options)
  } catch {
    return malformed('cannot be read')
  }
}

function read(event: unknown, options: EventOptions): Notice {
  const envelope = readEnvelope(event)
  if (typeof envelope === 'string') return malformed(envelope)
  const { source, detailType, account } = envelope
  if (account !== options.account && !options.allowedAccounts?.includes(account)) {
    return ignored(`account ${account} is not on the allow-list`)
  }
  const reader = readers.get(`${source} ${detailType}`)
  if (reader) return reader(envelope, options)
  return ignored(`“${clip(detailType, 64)}” of ${clip(source, 64)} says nothing of a secret`)
}

function checkOptions(options: EventOptions): void {
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw invalid('option', name, names.join(', '))
  }
  const { account, allowedAccounts = [], cloudTrail = false } = options
  if (!isAccount(account)) throw invalid('account', account, 'the 12 digits of an account')
  if (!Array.isArray(allowedAccounts) || !allowedAccounts.every(isAccount)) {
    throw invalid('allowedAccounts', allowedAccounts, 'a list of accounts, 12 digits each')
  }
  if (typeof cloudTrail !== 'boolean') throw invalid('cloudTrail', cloudTrail, 'true or false')
}
