const shape = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/

/** Epoch ms of an RFC 3339 timestamp; undefined for what is none. */
export function instantOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || !shape.test(value)) return undefined
  const ms = Date.parse(value)
  return Number.isNaN(ms) ? undefined : ms
}
