/** Text for HTML and SVG, quotes included. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.codePointAt(0)};`)
}

/** A number for people: thousands separated, no more digits than matter. */
export function number(value: number): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 1 ? 1 : 3
  return value.toLocaleString('en', { maximumFractionDigits: digits })
}

/** A time for people: 12 ms, 1.4 s, 3 min. */
export function time(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  return ms < 180_000 ? `${number(Math.round(ms / 100) / 10)} s` : `${number(Math.round(ms / 60_000))} min`
}
