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
