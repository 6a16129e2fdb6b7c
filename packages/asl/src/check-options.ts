/** An error that names the option, the value it got and what is allowed. Objects and functions are never quoted. */
export function invalid(name: string, value: unknown, allowed: string): TypeError {
  return new TypeError(`${name}: got ${shown(value)}; allowed is ${allowed}`)
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 64))
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' && value ? 'an object' : String(value)
}
