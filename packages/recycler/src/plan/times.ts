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
    // A unit that is passed over ends it: nobody needs the seconds of two days.
    if (count === 0 && words.length > 0) break
    if (count > 0) words.push(`${count} ${name}`)
    if (words.length === 2) break
    rest -= count * unitMs
  }
  return words.join(' ') || '0 s'
}
