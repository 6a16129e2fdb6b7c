/** Colours that people with any colour vision tell apart (Okabe and Ito), in the order in which they are used. */
export const colours = ['#0072b2', '#009e73', '#d55e00', '#e69f00', '#56b4e9', '#cc79a7'] as const

/** A line or an area of a {@link timeChart}: a value a bucket. */
export interface Series {
  readonly name: string
  readonly values: readonly number[]
  readonly colour: string
  /** Fills the space below it. @default false */
  readonly area?: boolean
}

/** The data of a {@link timeChart}. Times are ms. */
export interface TimeChart {
  readonly durationMs: number
  readonly bucketMs: number
  readonly unit: string
  readonly series: readonly Series[]
  readonly spans: readonly { readonly fromMs: number; readonly toMs: number; readonly label: string }[]
  readonly height?: number
}

/** Room for the numbers of the y axis, and the width of a chart; the same for all charts that share a time axis. */
export const frame = { left: 64, width: 860, right: 12 } as const

/**
 * Values over time, with the spans of faults shaded.
 *
 * @example
 * timeChart({ durationMs: 60_000, bucketMs: 500, unit: 'calls a second', series, spans })
 */
export function timeChart({ durationMs, bucketMs, unit, series, spans, height = 150 }: TimeChart): string {
  const top = 22
  const max = niceCeiling(Math.max(1, ...series.flatMap(({ values }) => values)))
  const x = (ms: number) => frame.left + (Math.min(ms, durationMs) / durationMs) * frame.width
  const y = (value: number) => top + height - (value / max) * height
  const lines = series.map(({ values, colour, area }) => {
    const points = values.map(
      (value, index) => `${x((index + 0.5) * bucketMs).toFixed(1)},${y(value).toFixed(1)}`,
    )
    if (points.length === 0) return ''
    const line = `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="1.5"/>`
    const last = x((values.length - 0.5) * bucketMs).toFixed(1)
    const first = x(0.5 * bucketMs).toFixed(1)
    const fill = `<polygon points="${first},${y(0)} ${points.join(' ')} ${last},${y(0)}" fill="${colour}" fill-opacity=".18"/>`
    return (area ? fill : '') + line
  })
  const ticks = [0, max / 2, max].map(
    value =>
      `<line class="axis" x1="${frame.left}" x2="${frame.left + frame.width}" y1="${y(value)}" y2="${y(value)}"/>` +
      `<text x="${frame.left - 6}" y="${y(value) + 4}" text-anchor="end">${number(value)}</text>`,
  )
  const total = frame.left + frame.width + frame.right
  return [
    `<svg viewBox="0 0 ${total} ${top + height + 24}" role="img" aria-label="${escaped(unit)}">`,
    shaded(spans, x, top, height),
    ...ticks,
    ...lines,
    legend(series, unit),
    timeAxis(durationMs, x, top + height),
    '</svg>',
  ].join('')
}

/** The spans of faults, shaded, each with its label. */
function shaded(spans: TimeChart['spans'], x: (ms: number) => number, top: number, height: number): string {
  return spans
    .map(({ fromMs, toMs, label }) => {
      const width = Math.max(1, x(toMs) - x(fromMs))
      return (
        `<rect x="${x(fromMs).toFixed(1)}" y="${top}" width="${width.toFixed(1)}" height="${height}" class="fault"/>` +
        `<text x="${(x(fromMs) + 4).toFixed(1)}" y="${top + 12}" class="fault-label">${escaped(label)}</text>`
      )
    })
    .join('')
}

function legend(series: readonly Series[], unit: string): string {
  let at = frame.left
  const entries = series.map(({ name, colour }) => {
    const entry = `<rect x="${at}" y="4" width="10" height="10" rx="2" fill="${colour}"/><text x="${at + 14}" y="13">${escaped(name)}</text>`
    at += 34 + name.length * 6.6
    return entry
  })
  return `${entries.join('')}<text x="${frame.left + frame.width}" y="13" text-anchor="end">${escaped(unit)}</text>`
}

/** Seconds, or minutes for long runs, below a chart. */
function timeAxis(durationMs: number, x: (ms: number) => number, y: number): string {
  const [unitMs, unit] = durationMs > 300_000 ? [60_000, 'min'] : [1_000, 's']
  const step = niceCeiling(durationMs / unitMs / 8)
  const ticks: string[] = []
  for (let value = 0; value * unitMs <= durationMs; value += step) {
    const at = x(value * unitMs).toFixed(1)
    ticks.push(`<text x="${at}" y="${y + 16}" text-anchor="middle">${number(value)} ${unit}</text>`)
  }
  return ticks.join('')
}

/** The next of 1, 2, 5, 10, 20, 50 ... */
export function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 5].find(factor => factor * power >= value) ?? 10) * power
}

/** Text for HTML and SVG, quotes included. */
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
