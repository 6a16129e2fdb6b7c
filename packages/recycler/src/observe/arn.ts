/** Where something of AWS is. */
export interface Home {
  readonly partition: string
  readonly region: string
  readonly account: string
}

/** The parts of an ARN. */
export interface Arn extends Home {
  readonly service: string
  /** All that follows the account. */
  readonly resource: string
}

/** The longest text that is looked at. A parameter's name has at most 2,048 characters. */
export const longest = 4_096

const account = /^\d{12}$/
const region = /^[a-z]{2,}(?:-[a-z]+)+-\d{1,2}$/
const partition = /^aws(?:-[a-z]+)*$/

/**
 * Whether it is the id of an account: a text of 12 digits.
 *
 * @example
 * isAccount('123456789012') // true
 */
export const isAccount = (value: unknown): value is string => typeof value === 'string' && account.test(value)

/** Whether it may be the name of a region. */
export const isRegion = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 32 && region.test(value)

/**
 * The parts of the ARN of something in a region; undefined for anything else. The account is empty for what belongs to
 * AWS, such as public parameters.
 *
 * @example
 * parseArn('arn:aws:ssm:eu-west-1:123456789012:parameter/db/user')?.resource // 'parameter/db/user'
 */
export function parseArn(text: unknown): Arn | undefined {
  if (typeof text !== 'string' || text.length > longest) return undefined
  const [head, where = '', service = '', place, owner, ...rest] = text.split(':')
  const resource = rest.join(':')
  if (head !== 'arn' || !partition.test(where) || !/^[a-z0-9-]+$/.test(service)) return undefined
  if (!isRegion(place) || !(owner === '' || isAccount(owner)) || resource === '') return undefined
  return { partition: where, region: place, account: owner, service, resource }
}

/** Whether both are in the same region of the same account. */
export function sameHome(one: Home, other: Home): boolean {
  return one.partition === other.partition && one.region === other.region && one.account === other.account
}
