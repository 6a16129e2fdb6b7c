import { escapeControls } from '@breakwater/circuit/shared'

/** A field of something foreign, if it has one of its own. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}

/** The same, several levels deep. */
export function dig(value: unknown, ...names: readonly string[]): unknown {
  return names.reduce(field, value)
}

/** A list in something foreign; empty where there is none. */
export function list(value: unknown, name: string): readonly unknown[] {
  const found = field(value, name)
  return Array.isArray(found) ? found : []
}

/** Foreign text as a message may hold it. */
export function clip(text: string, max = 256): string {
  return escapeControls(text.length > max ? `${text.slice(0, max)}…` : text)
}
