import type { LocalOperation } from '../aws/counted.ts'
import type { Input } from '../aws/json-service.ts'
import { pageOf } from '../aws/pages.ts'
import { given, labelsOf, shownSecret } from './describe.ts'
import { reader, type SecretStore } from './store.ts'
import type { Secret } from './types.ts'

/** The operation that lists secrets, in the order of their creation. */
export function listOperations(store: SecretStore): Record<string, LocalOperation> {
  return {
    ListSecrets(input) {
      reader.only(input, ['Filters', 'IncludePlannedDeletion', 'MaxResults', 'NextToken'])
      const planned = reader.flag(input, 'IncludePlannedDeletion') === true
      const tests = (reader.objects(input, 'Filters') ?? []).map(testOf)
      const secrets = store
        .all()
        .filter(secret => (planned || secret.deletedAt === undefined) && tests.every(test => test(secret)))
      const size = reader.whole(input, 'MaxResults', 1, 100) ?? 100
      const page = pageOf(secrets, size, reader.optional(input, 'NextToken'), ({ arn }) => arn)
      if (!page) throw reader.refuse('Invalid NextToken.')
      const SecretList = page.items.map(secret => {
        const labels = labelsOf(secret)
        return { ...shownSecret(secret), SecretVersionsToStages: labels }
      })
      return given({ SecretList, NextToken: page.token })
    },
  }
}

/** A filter by name: the beginnings of names. */
function testOf(filter: Input): (secret: Secret) => boolean {
  const values = reader.texts(filter, 'Values')
  if (filter.Key !== 'name')
    throw reader.refuse(`The filter ${filter.Key} is not supported locally (name is)`)
  return ({ name }) => values.some(value => name.toLowerCase().startsWith(value.toLowerCase()))
}
