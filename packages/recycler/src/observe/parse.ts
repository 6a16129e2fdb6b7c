import type { Reference, ReferenceUse, SourceKind, UnreadableReference } from '../model.ts'
import { type Arn, type Home, longest, parseArn } from './arn.ts'
import { clip } from './foreign.ts'
import {
  isLabel,
  isParameterName,
  isSecretName,
  isSecretResource,
  isVersionId,
  secretReference,
} from './names.ts'

/** Where a reference stands, which says how it is to be read. */
export interface ReferencePlace {
  readonly use: ReferenceUse
  /** Path in the task definition. */
  readonly where: string
  /** Where the task runs, and with it what is given by its name alone. */
  readonly home?: Home | undefined
  /** What a name alone is the name of. @default a parameter in `secrets` and log options, else a secret */
  readonly kind?: SourceKind
}

type Named = Omit<Reference, 'use' | 'where' | 'written'>

/** The shape of a version id, by which it is told from a label where one place takes both. */
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
    home,
    kind = use === 'secret' || use === 'log-option' ? 'parameter' : 'secret',
  }: ReferencePlace,
): Reference | UnreadableReference {
  const named = read(written, kind, home)
  return typeof named === 'string'
    ? { where, written: shown(written), problem: named }
    : { use, where, written: written as string, ...named }
}

/** The text itself only where it claims to be an ARN: what can be no name may be the secret, pasted in the wrong place. */
function shown(written: unknown): string {
  if (typeof written !== 'string') return `(${written === null ? 'null' : typeof written})`
  return written.startsWith('arn:') ? clip(written) : `(a text of ${written.length} characters)`
}

function read(written: unknown, kind: SourceKind, home: Home | undefined): Named | string {
  if (typeof written !== 'string' || written === '') return 'is no text'
  if (written.length > longest) return `is longer than ${longest} characters`
  if (written.startsWith('arn:')) return readArn(written)
  if (!home) return 'is a name, and the region and account of the task definition are not known'
  if (kind === 'parameter') return readParameter(home, written)
  return isSecretName(written) ? secretIn(home, written) : 'is neither an ARN nor the name of a secret'
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
function readParameter(home: Home, written: string): Named | string {
  const [name = '', selector, ...more] = written.split(':')
  if (more.length > 0 || (selector !== undefined && !isLabel(selector))) {
    return 'has something else than a version or label behind its colon'
  }
  const secret = name.startsWith(secretReference) && name.slice(secretReference.length)
  if (secret) {
    if (!isSecretName(secret)) return 'stands for a secret of an impossible name'
    if (!selector) return secretIn(home, secret)
    return uuid.test(selector) ? secretIn(home, secret, '', selector) : secretIn(home, secret, selector)
  }
  if (!isParameterName(name)) return 'is neither an ARN nor the name of a parameter'
  const pinned = selector && /^\d+$/.test(selector)
  return {
    kind: 'parameter',
    ...placeOf(home),
    name,
    ...(selector && (pinned ? { versionId: selector } : { label: selector })),
  }
}

function secretIn(home: Home, name: string, label = '', version = ''): Named {
  return {
    kind: 'secret',
    ...placeOf(home),
    name,
    ...(label && { label }),
    ...(version && { versionId: version }),
  }
}

const placeOf = ({ partition, region, account }: Home): Home => ({ partition, region, account })
