import { type Clock, systemClock } from '@breakwater/circuit'
import { aFunction, type Checks, checkOptions } from '@breakwater/circuit/shared'
import { aClock, regionAndAccountChecks } from '../aws/checks.ts'
import type { EventEntry } from '../aws/event.ts'
import { type RegionAndAccount, regionAndAccountOf } from '../aws/identifiers.ts'
import type { Lookup } from '../aws/lookup.ts'
import { type CountedOperations, countOperations } from '../aws/operations.ts'
import { secretChecks } from './checks.ts'
import { secretOperations } from './secret-operations.ts'
import { SecretStore } from './secret-store.ts'
import { versionOperations } from './version-operations.ts'
import { findVersion } from './versions.ts'

/** The part of X-Amz-Target before an action of Secrets Manager. */
export const secretsTarget = 'secretsmanager'

/** Options of {@link createSecrets}. */
export interface SecretsOptions extends RegionAndAccount {
  /** @default the machine's */
  readonly clock?: Clock
  /** Makes suffixes, ids and new values; 0 (included) to 1 (excluded). @default Math.random */
  readonly random?: () => number
  /** Called with the events of label changes; puts them on the default bus, say. @default they are dropped */
  readonly emit?: (event: EventEntry) => void
}

const checks: Checks<SecretsOptions> = {
  ...regionAndAccountChecks,
  clock: aClock,
  random: aFunction,
  emit: aFunction,
}

/** Secrets Manager, in this process. */
export interface Secrets extends CountedOperations {
  /**
   * Finds the version of a reference of a task definition: an ARN, whole or without its suffix, with or without JSON key, label
   * and version id; or a name. It does not count as a call.
   */
  lookup: Lookup
}

/**
 * Makes a model of Secrets Manager: versions, labels that move, deletion and the native event. Its operations
 * are those of the AWS JSON protocol; values stay in memory, and only GetSecretValue answers them.
 *
 * @throws TypeError for a bad option, naming it, its value and what is allowed.
 * @example
 * const secrets = createSecrets({ clock, random: seeded(7), emit: event => bus.put(event) })
 * secrets.operations.CreateSecret!({ Name: 'db', SecretString: 'one' })
 * secrets.operations.PutSecretValue!({ SecretId: 'db', SecretString: 'two' })
 * secrets.counts().GetSecretValue // undefined: never called
 */
export function createSecrets(options: SecretsOptions = {}): Secrets {
  const {
    clock = systemClock,
    random = Math.random,
    emit = () => {},
  } = checkOptions('createSecrets', options, checks)
  const now = () => clock.now()
  const place = regionAndAccountOf(options)
  const store = new SecretStore({ ...place, random, now })
  const dependencies = { random, now, emit }
  const operations = {
    ...secretOperations(store, dependencies),
    ...versionOperations(store, dependencies),
  }
  return {
    ...countOperations(operations, () => {}),
    checksOf: (action, input) => secretChecks(place, id => store.find(id), action, input),
    lookup(valueFrom) {
      const arn = /^arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:[^:]+/.exec(valueFrom)?.[0] ?? valueFrom
      const [, label = '', versionId = ''] = valueFrom.slice(arn.length + 1).split(':')
      const secret = store.find(arn)
      if (!secret || secret.deletedAt !== undefined) return undefined
      const version = findVersion(secret, versionId || undefined, label || undefined)
      return version && { source: secret.arn, versionId: version.id }
    },
  }
}
