import { type Input, ServiceError } from '../aws/json-service.ts'
import { pageOf } from '../aws/pages.ts'
import { Reader } from '../aws/protocol.ts'
import type { Tags } from './types.ts'

/** Reads requests, with the code that ECS refuses parameters by. */
export const reader = new Reader('InvalidParameterException')

/** An error that ECS blames the client for. */
export function clientError(message: string): ServiceError {
  return new ServiceError('ClientException', message)
}

/** Times in the protocol are seconds. */
export function seconds(ms: number): number {
  return ms / 1_000
}

/** Leaves out what is undefined. */
export function given(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

export function tagsIn(input: Readonly<Record<string, unknown>>): Tags {
  return new Map(
    (reader.objects(input, 'tags') ?? []).map(({ key, value = '' }) => [String(key), String(value)]),
  )
}

export function shownTags(tags: Tags): readonly { key: string; value: string }[] {
  return [...tags].map(([key, value]) => ({ key, value }))
}

/** Answers a list with a page of ARNs. */
export function listed(
  name: string,
  arns: readonly string[],
  input: Input,
  size: { readonly usual: number; readonly most: number },
) {
  const { usual, most } = size
  const count = reader.whole(input, 'maxResults', 1, most) ?? usual
  const page = pageOf(arns, count, reader.optional(input, 'nextToken'), arn => arn)
  if (!page) throw reader.refuse('Invalid token: the token is not one that was given, or has expired.')
  return given({ [name]: page.items, nextToken: page.token })
}

/** The names that a Describe operation asks for, at most so many. */
export function namesIn(input: Input, name: string, most: number, called: string): readonly string[] {
  const names = reader.texts(input, name)
  if (names.length > most) throw reader.refuse(`${called} can have at most ${most} items.`)
  return names
}

/** Describes what is there, and says of the others that they are missing. */
export function described<T>(
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
export function withTags(input: Input): boolean {
  return reader.texts(input, 'include').includes('TAGS')
}
