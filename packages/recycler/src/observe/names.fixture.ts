import fc from 'fast-check'
import type { Reference, Source } from '../model.ts'
import { matchReference, parseReference, type ReferencePosition } from './reference.ts'

export const regionAndAccount = { partition: 'aws', region: 'eu-west-1', account: '123456789012' }
export const where = 'containerDefinitions[0].secrets[0].valueFrom'
export const place: ReferencePosition = { use: 'secret', where, regionAndAccount }

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const texts = (characters: string, minLength: number, maxLength: number) =>
  fc.array(fc.constantFrom(...characters), { minLength, maxLength }).map(characters => characters.join(''))

export const suffix = texts(letters, 6, 6)
export const anySecretName = texts(`${letters}/_+=.@!-`, 1, 40)
export const versionId = fc.uuid()
const part = texts(`${letters}_.-`, 1, 12)
export const anyParameterName = fc.oneof(
  part,
  fc.array(part, { minLength: 1, maxLength: 5 }).map(parts => `/${parts.join('/')}`),
)

/** Homes that differ in one thing only. */
export const anyHome = fc.constantFrom(
  regionAndAccount,
  { ...regionAndAccount, region: 'eu-west-2' },
  { ...regionAndAccount, account: '123456789013' },
  { ...regionAndAccount, partition: 'aws-cn' },
)

type Place = typeof regionAndAccount

export const secretOf = (name: string, ending: string, at: Place = regionAndAccount): Source => ({
  kind: 'secret',
  arn: `arn:${at.partition}:secretsmanager:${at.region}:${at.account}:secret:${name}-${ending}`,
  name,
  labels: {},
  changedAt: 0,
})

export const parameterOf = (name: string, at: Place = regionAndAccount): Source => ({
  kind: 'parameter',
  arn: `arn:${at.partition}:ssm:${at.region}:${at.account}:parameter${name.startsWith('/') ? '' : '/'}${name}`,
  name,
  labels: {},
  changedAt: 0,
})

/** Two different secrets that are easily taken for each other: their names and suffixes are made of the same pieces. */
export const confusableSecrets = fc
  .tuple(fc.oneof(fc.constant('db'), anySecretName), suffix, suffix)
  .chain(([base, one, two]) => {
    const others = [`${base}-prod`, `${base}-`, `${base}/x`, `x/${base}`, `${base}x`, `${base}-${one}x`]
    const names = [
      base,
      `${base}-${one}`,
      `${base}-${two}`,
      `${base}-${one}-${two}`,
      ...others,
      flipped(base),
    ]
    const secret = fc.tuple(fc.constantFrom(...names), fc.constantFrom(one, two))
    // The ARN of the one is that of the other without its suffix.
    const trap: (readonly [string, string])[] = [
      [base, one],
      [`${base}-${one}`, two],
    ]
    return fc.oneof(fc.tuple(secret, secret), fc.shuffledSubarray(trap, { minLength: 2 }))
  })
  .map(([mine, other]) => [mine as NameAndSuffix, other as NameAndSuffix] as const)
  .filter(([[one], [other]]) => one !== other)

type NameAndSuffix = readonly [name: string, suffix: string]

/** The same of parameters. */
export const confusableParameters = fc
  .tuple(fc.oneof(fc.constant('db'), part), part)
  .chain(([base, other]) => {
    const names = [base, `/${base}`, `/${base}/${other}`, `/${other}/${base}`, `${base}-prod`, `${base}.`]
    const name = fc.constantFrom(...names, `/${base}-`, `/${other}`, other, flipped(base))
    return fc.tuple(name, name)
  })
  .filter(([one, other]) => one !== other)

const flipped = (text: string) => (text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase())

/** The reference that a text is, which must be one. */
export function referenceOf(written: string, at: ReferencePosition = place): Reference {
  const reference = parseReference(written, at)
  if ('problem' in reference) throw new Error(`${written} ${reference.problem}`)
  return reference
}

export const match = (written: string, source: Source, at: ReferencePosition = place) =>
  matchReference(referenceOf(written, at), source)
