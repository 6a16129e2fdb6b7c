const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const

/** `2026-03-01 10:00:00 UTC`. */
export function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** `2 d 3 h`: the two largest units that say something. */
export function duration(ms: number): string {
  const words: string[] = []
  let rest = Math.max(0, Math.round(ms / 1_000)) * 1_000
  for (const [name, unitMs] of units) {
    const count = Math.floor(rest / unitMs)
    // A unit that is passed over ends it: two days need no seconds.
    if (count === 0 && words.length > 0) break
    if (count > 0) words.push(`${count} ${name}`)
    if (words.length === 2) break
    rest -= count * unitMs
  }
  return words.join(' ') || '0 s'
}

const maxNames = 10

/** `1 service`, `2 services`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** Names with commas between them, the first ten. */
export function listed(names: readonly string[]): string {
  const rest = names.length - maxNames
  return [...names.slice(0, maxNames), ...(rest > 0 ? [`${rest} more`] : [])].join(', ')
}

/** Compares as code units do, the same in every locale. */
export const compare = <T extends string | number>(one: T, other: T): number =>
  one < other ? -1 : one > other ? 1 : 0
