/** Where something of AWS is. */
export interface RegionAndAccount {
  readonly partition: string
  readonly region: string
  readonly account: string
}

/** The parts of an ARN. */
export interface Arn extends RegionAndAccount {
  readonly service: string
  /** All that follows the account. */
  readonly resource: string
}

/** The longest text that is looked at. A parameter's name has at most 2,048 characters. */
export const maxLength = 4_096

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
  if (typeof text !== 'string' || text.length > maxLength) return undefined
  const [head, where = '', service = '', place, owner, ...rest] = text.split(':')
  const resource = rest.join(':')
  if (head !== 'arn' || !partition.test(where) || !/^[a-z0-9-]+$/.test(service)) return undefined
  if (!isRegion(place) || !(owner === '' || isAccount(owner)) || resource === '') return undefined
  return { partition: where, region: place, account: owner, service, resource }
}

/** Whether both are in the same region of the same account. */
export function isSameRegionAndAccount(one: RegionAndAccount, other: RegionAndAccount): boolean {
  return one.partition === other.partition && one.region === other.region && one.account === other.account
}

/** Characters of a secret's name. */
const secret = /^[A-Za-z0-9/_+=.@!-]+$/

/** A parameter's name: plain, or with slashes and then with one at the beginning. */
const parameter = /^(?:[A-Za-z0-9_.-]+|(?:\/[A-Za-z0-9_.-]+)+)$/

/** What Secrets Manager adds to a name in the ARN. */
const suffix = /-[A-Za-z0-9]{6}$/

const word = /^[!-~]+$/

/** What a parameter's name begins with that stands for a secret. */
export const secretReference = '/aws/reference/secretsmanager/'

/** Whether a secret may be called so. */
export const isSecretName = (name: string): boolean => name.length <= 512 && secret.test(name)

/** Whether it may stand behind `secret:` in an ARN, with the suffix or without. */
export const isSecretResource = (name: string): boolean => name.length <= 519 && secret.test(name)

/** Whether a parameter may be called so. */
export const isParameterName = (name: string): boolean => name.length <= 2_048 && parameter.test(name)

/** Whether it ends as the ARN of a secret does: in a hyphen and six characters. */
export const endsLikeArn = (name: string): boolean => suffix.test(name)

/** What stands behind `parameter` in the ARN of the parameter of this name. */
export const parameterPath = (name: string): string => (name.startsWith('/') ? name : `/${name}`)

/** Whether a version may carry this label. */
export const isLabel = (label: unknown): label is string =>
  typeof label === 'string' && label.length <= 256 && word.test(label)

/** Whether it may be the id of a version. */
export const isVersionId = (id: unknown): id is string =>
  typeof id === 'string' && id.length <= 64 && word.test(id)
