/** Text for HTML, quotes included. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.codePointAt(0)};`)
}

/** A number for readers: thousands separated, no more digits than matter. */
export function number(value: number): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 1 ? 1 : 3
  return value.toLocaleString('en', { maximumFractionDigits: digits })
}

/** A time for readers: 12 ms, 1.4 s, 3 min. */
export function time(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  return ms < 180_000 ? `${number(Math.round(ms / 100) / 10)} s` : `${number(Math.round(ms / 60_000))} min`
}

/** A moment of a run for readers: 45 s, 12 min 30 s. */
export function moment(ms: number): string {
  if (ms < 180_000) return `${number(Math.round(ms / 100) / 10)} s`
  const seconds = Math.round(ms / 1_000)
  return `${Math.floor(seconds / 60)} min${seconds % 60 === 0 ? '' : ` ${seconds % 60} s`}`
}
