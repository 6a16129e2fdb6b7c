import { ServiceError } from '../aws/json-service.ts'
import { Reader } from '../aws/reader.ts'
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
