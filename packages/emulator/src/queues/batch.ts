import { type Input, ServiceError } from '../aws/json-service.ts'
import { queueError } from './errors.ts'

const mostEntries = 10

/** The answer to a batch: each entry by itself, done or not. */
export interface BatchAnswer {
  readonly Successful: readonly object[]
  readonly Failed: readonly object[]
}

/** The entries of a batch request, checked as the service checks them before it does anything. */
export function entriesOf({ Entries = [] }: Input): readonly (Input & { readonly Id: string })[] {
  if (!Array.isArray(Entries) || Entries.length === 0) {
    throw queueError('EmptyBatchRequest', 'There should be at least one entry in the request.')
  }
  if (Entries.length > mostEntries) {
    const reason = `Maximum number of entries per request are ${mostEntries}. You have sent ${Entries.length}.`
    throw queueError('TooManyEntriesInBatchRequest', reason)
  }
  const ids = new Set<unknown>()
  for (const entry of Entries) {
    const id: unknown = entry?.Id
    if (typeof id !== 'string' || !/^[\w-]{1,80}$/.test(id)) {
      const reason =
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.'
      throw queueError('InvalidBatchEntryId', reason)
    }
    if (ids.has(id)) throw queueError('BatchEntryIdsNotDistinct', `Id ${id} repeated.`)
    ids.add(id)
  }
  return Entries
}

/** Does each entry of a batch; one that fails does not keep the others from being done. */
export function batch(input: Input, act: (entry: Input) => unknown): BatchAnswer {
  const Successful: object[] = []
  const Failed: object[] = []
  for (const entry of entriesOf(input)) {
    try {
      Successful.push({ Id: entry.Id, ...(act(entry) as object | undefined) })
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      Failed.push({ Id: entry.Id, SenderFault: error.status < 500, Code: error.code, Message: error.message })
    }
  }
  return { Successful, Failed }
}
