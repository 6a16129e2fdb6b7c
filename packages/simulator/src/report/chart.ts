import { axisFor, timeLabels } from './axis.ts'
import { escaped, number } from './format.ts'

/** Colours that people with any colour vision tell apart (after Okabe and Ito), by theme: see styles.ts. */
export type Colour = 'grey' | 'blue' | 'green' | 'red' | 'orange' | 'sky' | 'pink'

/** A line of a {@link timeChart}: a value a bucket. */
export interface Series {
  readonly name: string
  readonly values: readonly number[]
  readonly colour: Colour
  /** Fills the space below it. @default false */
  readonly area?: boolean
}

/** The data of a {@link timeChart}. Times are ms. */
export interface TimeChart {
  readonly title: string
  readonly durationMs: number
  readonly bucketMs: number
  readonly unit: string
  readonly series: readonly Series[]
  readonly spans: readonly { readonly fromMs: number; readonly toMs: number; readonly label: string }[]
  /** In pixels. @default 190 */
  readonly height?: number
}

/** An entry of a legend; the cursor puts its value behind the name. */
export interface LegendEntry {
  readonly name: string
  /** A colour of CSS. */
  readonly colour: string
}

/**
 * Values over time, with the spans of faults shaded. It is as wide as its page: lines are stretched, texts and strokes
 * are not.
 *
 * @example
 * timeChart({ title: 'Calls', durationMs: 60_000, bucketMs: 500, unit: 'calls a second', series, spans })
 */
export function timeChart({
  title,
  durationMs,
  bucketMs,
  unit,
  series,
  spans,
  height = 190,
}: TimeChart): string {
  // Not as arguments of Math.max: an hour has more values than a call may have arguments.
  const largest = series.reduce((max, { values }) => values.reduce((a, b) => Math.max(a, b), max), 0)
  const { max, ticks } = axisFor(largest, height / 30)
  const x = (ms: number) => (Math.min(ms, durationMs) / durationMs) * 1_000
  const y = (value: number) => 100 - (value / max) * 100
  const lines = series.map(({ values, colour, area }) => {
    if (values.length === 0) return ''
    const points = values.map(
      (value, index) => `${x((index + 0.5) * bucketMs).toFixed(1)},${y(value).toFixed(2)}`,
    )
    const [first, last] = [x(0.5 * bucketMs), x((values.length - 0.5) * bucketMs)].map(at => at.toFixed(1))
    const fill = `<polygon class="${colour}" points="${first},100 ${points.join(' ')} ${last},100"/>`
    return `${area ? fill : ''}<polyline class="${colour}" points="${points.join(' ')}"/>`
  })
  const grid = ticks.map(value => `<line x2="1000" y1="${y(value).toFixed(2)}" y2="${y(value).toFixed(2)}"/>`)
  const svg = `<svg viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">${shaded(spans, x)}${grid.join('')}${lines.join('')}</svg>`
  const labels = ticks.map(
    value => `<span class="y" style="bottom:${(100 - y(value)).toFixed(2)}%">${number(value)}</span>`,
  )
  return figure({
    title: `${title}, ${unit}`,
    legend: series.map(({ name, colour }) => ({ name, colour: `var(--${colour})` })),
    values: series.map(({ values }) => values),
    plot: `${svg}${labels.join('')}${spanLabels(spans, x)}`,
    height,
    durationMs,
    bucketMs,
  })
}

/** A plot over time in the frame that all of them share: title, legend, time axis, and the values for the cursor. */
export function figure({
  title,
  legend,
  values,
  plot,
  height,
  durationMs,
  bucketMs,
}: {
  readonly title: string
  readonly legend: readonly LegendEntry[]
  /** For each entry of the legend a value a bucket. */
  readonly values: readonly (readonly number[])[]
  /** HTML. */
  readonly plot: string
  readonly height: number
  readonly durationMs: number
  readonly bucketMs: number
}): string {
  const entries = legend.map(
    ({ name, colour }) => `<span><i style="background:${colour}"></i>${escaped(name)} <b></b></span>`,
  )
  const times = timeLabels(durationMs).map(
    // The last label would stand out of the page.
    ({ share, text }) =>
      `<span style="${share > 0.97 ? 'right:0;transform:none' : `left:${(share * 100).toFixed(2)}%`}">${text}</span>`,
  )
  // Rates have at most one digit behind the point that matters.
  const data = JSON.stringify(values.map(row => row.map(value => Math.round(value * 10) / 10)))
  return [
    `<figure><figcaption>${escaped(title)}<span class="moment"></span></figcaption>`,
    `<div class="legend">${entries.join('')}</div>`,
    `<div class="plot" role="img" aria-label="${escaped(title)}" style="height:${height}px" data-duration="${durationMs}" data-bucket="${bucketMs}" data-values="${data}">${plot}<div class="cursor" hidden></div></div>`,
    `<div class="x" aria-hidden="true">${times.join('')}</div></figure>`,
  ].join('')
}

/** The spans of faults, shaded. */
function shaded(spans: TimeChart['spans'], x: (ms: number) => number): string {
  return spans
    .map(({ fromMs, toMs }) => {
      const width = Math.max(1, x(toMs) - x(fromMs))
      return `<rect x="${x(fromMs).toFixed(1)}" width="${width.toFixed(1)}" height="100" class="fault"/>`
    })
    .join('')
}

function spanLabels(spans: TimeChart['spans'], x: (ms: number) => number): string {
  return spans
    .map(({ fromMs, label }) => {
      const at = x(fromMs) / 10
      // A label near the end of the axis stands before its span.
      const side = at > 75 ? `right:${(100 - at).toFixed(2)}%` : `left:${at.toFixed(2)}%`
      return `<span class="fault-label" style="${side}">${escaped(label)}</span>`
    })
    .join('')
}
