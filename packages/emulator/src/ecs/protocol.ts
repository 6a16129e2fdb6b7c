import { type Input, ServiceError } from '../aws/json-service.ts'
import { pageOf } from '../aws/pages.ts'
import { definedOnly, RequestReader } from '../aws/protocol.ts'
import type { Tags } from './types.ts'

/** Reads requests, with the code that ECS refuses parameters by. */
export const reader = new RequestReader('InvalidParameterException')

/** An error that ECS blames the client for. */
export function clientError(message: string): ServiceError {
  return new ServiceError('ClientException', message)
}

export function readTags(input: Readonly<Record<string, unknown>>): Tags {
  return new Map(
    (reader.objects(input, 'tags') ?? []).map(({ key, value = '' }) => [String(key), String(value)]),
  )
}

export function tagList(tags: Tags): readonly { key: string; value: string }[] {
  return [...tags].map(([key, value]) => ({ key, value }))
}

/** Answers a list with a page of ARNs. */
export function listPage(
  name: string,
  arns: readonly string[],
  input: Input,
  size: { readonly defaultSize: number; readonly maxSize: number },
) {
  const { defaultSize, maxSize } = size
  const count = reader.whole(input, 'maxResults', 1, maxSize) ?? defaultSize
  const page = pageOf(arns, count, reader.optional(input, 'nextToken'), arn => arn)
  if (!page) throw reader.refuse('Invalid token: the token is not one that was given, or has expired.')
  return definedOnly({ [name]: page.items, nextToken: page.token })
}

/** The names that a Describe operation asks for, at most so many. */
export function namesIn(input: Input, name: string, max: number, label: string): readonly string[] {
  const names = reader.texts(input, name)
  if (names.length > max) throw reader.refuse(`${label} can have at most ${max} items.`)
  return names
}

/** Describes the items that exist, and reports the others as missing. */
export function describeAll<T>(
  arns: readonly string[],
  find: (name: string) => T | undefined,
  arnOf: (name: string) => string,
): { readonly found: readonly T[]; readonly failures: readonly { arn: string; reason: string }[] } {
  const found: T[] = []
  const failures: { arn: string; reason: string }[] = []
  for (const name of arns) {
    const item = find(name)
    if (item) found.push(item)
    else failures.push({ arn: name.startsWith('arn:') ? name : arnOf(name), reason: 'MISSING' })
  }
  return { found, failures }
}

/** Whether tags are asked for. */
export function includesTags(input: Input): boolean {
  return reader.texts(input, 'include').includes('TAGS')
}
