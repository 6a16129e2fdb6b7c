import type { HeatMap } from '../run/result.ts'
import { figure } from './chart.ts'
import { palettePng } from './png.ts'

/**
 * States of an environment: the letter in a heat map, the colour, and a text for readers. Most colours let the page
 * shine through, so that one picture suits a light and a dark page.
 */
const states = [
  ['c', '#009e7338', 'closed: calls flow'],
  ['r', '#56b4e9c0', 'recovery ramp: traffic grows back'],
  ['h', '#ffd60aff', 'half open: a few calls probe'],
  ['o', '#d55e00c8', 'open: calls are shed'],
  ['s', '#cc79a7d0', 'shedding by its local gate'],
  ['u', '#8c959fa0', 'closed, the table does not answer'],
  ['.', '#00000000', 'not alive'],
] as const

const letters = states.map(([letter]) => letter).join('')
const maxHeight = 260

/** The state of each environment as a picture, a pixel a sample, with the number in each state for the cursor. */
export function heatMap({ rows, everyMs }: HeatMap, durationMs: number, title: string): string {
  const widest = Math.max(0, ...rows.map(row => row.length))
  if (widest === 0) return `<figure><figcaption>${title}</figcaption><p>Not recorded.</p></figure>`
  const pixels = rows.map(row =>
    Array.from(row.padEnd(widest, '.'), letter => Math.max(0, letters.indexOf(letter))),
  )
  const png = palettePng(
    states.map(([, colour]) => colour),
    pixels,
  )
  const counts = states.map(() => new Array<number>(widest).fill(0))
  for (const row of pixels) for (const [sample, state] of row.entries()) counts[state]![sample]!++
  const width = Math.min(100, ((widest * everyMs) / durationMs) * 100).toFixed(2)
  return figure({
    title,
    legend: states.map(([, colour, name]) => ({ name, colour })),
    values: counts,
    plot: `<img alt="" style="width:${width}%" src="data:image/png;base64,${png.toString('base64')}">`,
    height: Math.min(maxHeight, Math.max(30, rows.length * 8)),
    durationMs,
    bucketMs: everyMs,
  })
}
