import type { Reference, Revision, Source, SourceKind } from '../model.ts'
import {
  type Arn,
  endsLikeArn,
  isLabel,
  isParameterName,
  isSameRegionAndAccount,
  isSecretName,
  isSecretResource,
  isVersionId,
  maxLength,
  parameterPath,
  parseArn,
  type RegionAndAccount,
  secretReference,
} from './names.ts'
import { clip } from './untrusted.ts'

/** Where a reference stands, which says how it is to be read. */
export interface ReferencePosition {
  readonly use: Reference['use']
  /** Path in the task definition. */
  readonly where: string
  /** Where the task runs, and with it what is given by its name alone. */
  readonly regionAndAccount?: RegionAndAccount | undefined
  /** What a name alone is the name of. @default a parameter in `secrets` and log options, else a secret */
  readonly kind?: SourceKind
}

type Named = Omit<Reference, 'use' | 'where' | 'written'>

/** The shape of a version id, which tells it from a label where one place takes both. */
const uuid = /^[A-Za-z0-9]{8}(?:-[A-Za-z0-9]{4}){3}-[A-Za-z0-9]{12}$/

/**
 * Reads how a task definition names a secret or a parameter: by an ARN with or without the six-character suffix, with a
 * JSON key, a stage or a version; by a name; or by a parameter that stands for a secret.
 *
 * @param written what stands there, of whatever type.
 * @param place where it stands.
 * @returns the reference, or what is wrong with it. Never throws.
 * @example
 * parseReference('/db/password:3', { use: 'secret', where: 'containerDefinitions[0].secrets[0].valueFrom', home })
 */
export function parseReference(
  written: unknown,
  {
    use,
    where,
    regionAndAccount,
    kind = use === 'secret' || use === 'log-option' ? 'parameter' : 'secret',
  }: ReferencePosition,
): Reference | Revision['unreadable'][number] {
  const named = read(written, kind, regionAndAccount)
  return typeof named === 'string'
    ? { where, written: shown(written), problem: named }
    : { use, where, written: written as string, ...named }
}

/** The text itself only where it claims to be an ARN: what can be no name may be the secret, pasted in the wrong place. */
function shown(written: unknown): string {
  if (typeof written !== 'string') return `(${written === null ? 'null' : typeof written})`
  return written.startsWith('arn:') ? clip(written) : `(a text of ${written.length} characters)`
}

function read(
  written: unknown,
  kind: SourceKind,
  regionAndAccount: RegionAndAccount | undefined,
): Named | string {
  if (typeof written !== 'string' || written === '') return 'is no text'
  if (written.length > maxLength) return `is longer than ${maxLength} characters`
  if (written.startsWith('arn:')) return readArn(written)
  if (!regionAndAccount) return 'is a name, and the region and account of the task definition are not known'
  if (kind === 'parameter') return readParameter(regionAndAccount, written)
  return isSecretName(written)
    ? secretIn(regionAndAccount, written)
    : 'is neither an ARN nor the name of a secret'
}

function readArn(written: string): Named | string {
  const arn = parseArn(written)
  if (!arn) return 'is no well-formed ARN'
  const { service, resource } = arn
  if (service === 'secretsmanager' && resource.startsWith('secret:')) return readSecret(arn)
  if (service !== 'ssm' || !resource.startsWith('parameter/')) {
    return 'is the ARN of neither a secret nor a parameter'
  }
  // The ARN of /a/b is …:parameter/a/b, and that of a name without slashes …:parameter/name.
  const path = resource.slice('parameter'.length)
  return readParameter(arn, /^\/[^:]*\//.test(path) ? path : path.slice(1))
}

/** `secret:NAME[:json-key[:version-stage[:version-id]]]`, any of which may be empty. */
function readSecret({ resource, ...arn }: Arn): Named | string {
  const [, name = '', , label = '', version = '', ...more] = resource.split(':')
  if (more.length > 0) return 'has more after the name than a JSON key, a stage and a version'
  if (arn.account === '' || !isSecretResource(name)) return 'is not the ARN of a secret'
  if (label && version) return 'names a stage and a version, of which only one may be given'
  if ((label && !isLabel(label)) || (version && !isVersionId(version))) return 'names an impossible version'
  return secretIn(arn, name, label, version)
}

/** `NAME[:version]` or `NAME[:label]`. */
function readParameter(regionAndAccount: RegionAndAccount, written: string): Named | string {
  const [name = '', selector, ...more] = written.split(':')
  if (more.length > 0 || (selector !== undefined && !isLabel(selector))) {
    return 'has something else than a version or label behind its colon'
  }
  const secret = name.startsWith(secretReference) && name.slice(secretReference.length)
  if (secret) {
    if (!isSecretName(secret)) return 'stands for a secret of an impossible name'
    if (!selector) return secretIn(regionAndAccount, secret)
    return uuid.test(selector)
      ? secretIn(regionAndAccount, secret, '', selector)
      : secretIn(regionAndAccount, secret, selector)
  }
  if (!isParameterName(name)) return 'is neither an ARN nor the name of a parameter'
  const isVersion = selector && /^\d+$/.test(selector)
  return {
    kind: 'parameter',
    ...regionAndAccountOf(regionAndAccount),
    name,
    ...(selector && (isVersion ? { versionId: selector } : { label: selector })),
  }
}

function secretIn(regionAndAccount: RegionAndAccount, name: string, label = '', version = ''): Named {
  return {
    kind: 'secret',
    ...regionAndAccountOf(regionAndAccount),
    name,
    ...(label && { label }),
    ...(version && { versionId: version }),
  }
}

const regionAndAccountOf = ({ partition, region, account }: RegionAndAccount): RegionAndAccount => ({
  partition,
  region,
  account,
})

/** How a reference names a source. */
export interface Match {
  /** `partial`: by an ARN without its six-character suffix. An exact match with another source beats it. */
  readonly match: 'exact' | 'partial'
  /** The text could also be the whole ARN of another secret: the name ends in a hyphen and six characters. */
  readonly ambiguous: boolean
}

const exact: Match = { match: 'exact', ambiguous: false }

/**
 * Whether a reference names a source. Nothing is ever cut off a name: `db` names neither `db-prod` nor `db-AbCdEf`, and
 * the ARN of a secret that was deleted and made anew under its old name is no longer its ARN.
 *
 * The parameters `foo` and `/foo` have one ARN, so that a reference by it names both.
 *
 * @returns how, or undefined where it names something else.
 * @example
 * if (matchReference(reference, secret)?.ambiguous) lookUp(reference.written)
 */
export function matchReference(
  reference: Reference,
  source: Pick<Source, 'kind' | 'arn' | 'name'>,
): Match | undefined {
  return matcherOf(source)(reference)
}

/**
 * The same for many references, of which nearly all name something else: what is to be known of the source is found out
 * once.
 *
 * @example
 * const matches = references.map(matcherOf(secret))
 */
export function matcherOf(
  source: Pick<Source, 'kind' | 'arn' | 'name'>,
): (reference: Reference) => Match | undefined {
  const arn = parseArn(source.arn)
  return reference => {
    if (!arn || reference.kind !== source.kind || !isSameRegionAndAccount(reference, arn)) return undefined
    const { written, name } = reference
    if (source.kind === 'parameter' && written.startsWith('arn:')) {
      return arn.resource === `parameter${parameterPath(name)}` ? exact : undefined
    }
    if (source.kind === 'parameter' || !/^arn:[^:]*:secretsmanager:/.test(written)) {
      return name === source.name ? exact : undefined
    }
    if (arn.resource === `secret:${name}`) return exact
    return name === source.name ? { match: 'partial', ambiguous: endsLikeArn(name) } : undefined
  }
}
