import { invalid } from '@breakwater/circuit/shared'
import type { Json } from './resolve/template.ts'

/** What of a type works here, and what does not matter here, with the reason. */
export interface PropertyList {
  readonly supported: readonly string[]
  readonly ignored: Readonly<Record<string, string>>
}

/**
 * Refuses properties that would be silently without effect.
 *
 * @throws TypeError naming the property.
 */
export function onlySupported(where: string, properties: Json, { supported, ignored }: PropertyList): void {
  for (const [name, value] of Object.entries(properties)) {
    if (supported.includes(name) || Object.hasOwn(ignored, name)) continue
    throw invalid(
      `${where}.Properties.${name}`,
      value,
      `nothing: it is not supported locally (${supported.join(', ')} are)`,
    )
  }
}
