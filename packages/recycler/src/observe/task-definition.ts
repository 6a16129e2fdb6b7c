import type { TaskDefinition } from '@aws-sdk/client-ecs'
import type { Reference, Revision } from '../model.ts'
import { maxLength, parseArn, type RegionAndAccount } from './names.ts'
import { parseReference } from './reference.ts'
import { clip, dig, field, list } from './untrusted.ts'

interface PossibleReference {
  readonly written: unknown
  readonly use: Reference['use']
  readonly where: string
  /** Other things may stand there as well, and are none of ours. */
  readonly maybe?: true
}

/** A digest, by which an image is always the same. */
const digest = /@[a-z0-9.+_-]+:[0-9A-Fa-f]{32,}$/

const credentialSpec = /^credentialspec(?:domainless)?:/

/**
 * What a task definition reads: all secrets and parameters that it names, and the images whose tags can move. The task
 * definition is foreign data; what is missing or of the wrong type is passed over, and never throws.
 *
 * @param taskDefinition as DescribeTaskDefinition answers it.
 * @param home where names without an ARN are looked up. @default the task definition's own region and account
 * @example
 * const { taskDefinition } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: arn }))
 * const { references, unreadable } = revisionOf(taskDefinition!)
 */
export function revisionOf(taskDefinition: TaskDefinition, regionAndAccount?: RegionAndAccount): Revision {
  const written = field(taskDefinition, 'taskDefinitionArn')
  const arn = typeof written === 'string' ? written : ''
  const references: Reference[] = []
  const unreadable: Revision['unreadable'][number][] = []
  for (const { written, use, where, maybe } of possibleReferences(taskDefinition)) {
    const reference = parseReference(written, {
      use,
      where,
      regionAndAccount: regionAndAccount ?? parseArn(arn),
    })
    if (!('problem' in reference)) references.push(reference)
    else if (!maybe) unreadable.push(reference)
  }
  return { arn, references, unreadable, mutableImages: mutableImagesOf(taskDefinition) }
}

function* possibleReferences(task: unknown): Iterable<PossibleReference> {
  for (const [index, container] of list(task, 'containerDefinitions').entries()) {
    yield* possibleReferencesIn(container, `containerDefinitions[${index}]`)
  }
  const path = ['fsxWindowsFileServerVolumeConfiguration', 'authorizationConfig', 'credentialsParameter']
  for (const [index, volume] of list(task, 'volumes').entries()) {
    const written = dig(volume, ...path)
    if (written !== undefined) yield { written, use: 'volume', where: `volumes[${index}].${path.join('.')}` }
  }
}

function* possibleReferencesIn(container: unknown, where: string): Iterable<PossibleReference> {
  for (const [index, secret] of list(container, 'secrets').entries()) {
    yield {
      written: field(secret, 'valueFrom'),
      use: 'secret',
      where: `${where}.secrets[${index}].valueFrom`,
    }
  }
  for (const [index, option] of list(field(container, 'logConfiguration'), 'secretOptions').entries()) {
    const path = `logConfiguration.secretOptions[${index}].valueFrom`
    yield { written: field(option, 'valueFrom'), use: 'log-option', where: `${where}.${path}` }
  }
  const registry = dig(container, 'repositoryCredentials', 'credentialsParameter')
  if (registry !== undefined) {
    const path = 'repositoryCredentials.credentialsParameter'
    yield { written: registry, use: 'registry', where: `${where}.${path}` }
  }
  for (const name of ['logConfiguration', 'firelensConfiguration']) {
    const options = dig(container, name, 'options')
    if (typeof options !== 'object' || options === null) continue
    for (const [key, written] of Object.entries(options)) {
      if (isArn(written)) {
        yield { written, use: 'log-option', where: `${where}.${name}.options.${clip(key, 64)}`, maybe: true }
      }
    }
  }
  for (const name of ['credentialSpecs', 'dockerSecurityOptions']) {
    for (const [index, option] of list(container, name).entries()) {
      const written = typeof option === 'string' && option.replace(credentialSpec, '')
      if (isArn(written) && written !== option) {
        yield { written, use: 'credential-spec', where: `${where}.${name}[${index}]`, maybe: true }
      }
    }
  }
}

/** A name alone could be any text there, the value of a secret included. */
const isArn = (written: unknown): written is string =>
  typeof written === 'string' && written.startsWith('arn:')

function mutableImagesOf(task: unknown): readonly string[] {
  const images = list(task, 'containerDefinitions').map(container => field(container, 'image'))
  const texts = images.filter(image => typeof image === 'string' && image !== '' && image.length <= maxLength)
  return [...new Set(texts as string[])].filter(image => !digest.test(image))
}
