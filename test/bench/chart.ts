import { type Library, libraries, rows } from './cases.ts'
import { costOf, type Results } from './results.ts'
import { number } from './table.ts'

/** Colours that people with any colour vision tell apart (Okabe and Ito). */
const colours: Readonly<Record<Library, string>> = {
  breakwater: '#0072b2',
  cockatiel: '#e69f00',
  opossum: '#8c959f',
}

const style = `<style>
text { font: 12px system-ui, sans-serif; fill: #24292f }
.title { font-size: 14px; font-weight: 600 }
.muted { fill: #57606a }
.axis { stroke: #d0d7de }
</style>`

const width = 940
const left = 330
const right = 90
const bar = 13
const top = 72

/** A chart of the cost of a guarded call, in bare calls, on a logarithmic axis. A file of its own. */
export function costChart(results: Results): string {
  const groups = rows
    .map(({ id, title }) => ({
      title,
      bars: libraries.flatMap(library => {
        const cost = costOf(results, id, library)
        return cost ? [{ library, ratio: cost.ratio }] : []
      }),
    }))
    .filter(({ bars }) => bars.length > 0)
  const max = Math.max(10, ...groups.flatMap(({ bars }) => bars.map(({ ratio }) => ratio)))
  const decades = Math.ceil(Math.log10(max) - 1e-9)
  // A bar that is no longer than the bare call has no length.
  const length = (ratio: number) => (Math.max(0, Math.log10(ratio)) / decades) * (width - left - right)

  let y = top
  const drawn = groups.map(({ title, bars }) => {
    const middle = y + (bars.length * bar) / 2 + 4
    const label = `<text x="${left - 10}" y="${middle}" text-anchor="end">${escaped(title)}</text>`
    const lines = bars.map(({ library, ratio }) => {
      const line =
        `<rect x="${left}" y="${y}" width="${length(ratio).toFixed(1)}" height="${bar - 2}" fill="${colours[library]}"/>` +
        `<text class="muted" x="${(left + length(ratio) + 5).toFixed(1)}" y="${y + bar - 3}">${number(ratio)}</text>`
      y += bar
      return line
    })
    y += 10
    return label + lines.join('')
  })
  const grid = Array.from({ length: decades + 1 }, (_, power) => {
    const x = (left + length(10 ** power)).toFixed(1)
    return (
      `<line class="axis" x1="${x}" x2="${x}" y1="${top - 6}" y2="${y}"/>` +
      `<text class="muted" x="${x}" y="${top - 12}" text-anchor="middle">${(10 ** power).toLocaleString('en')}</text>`
    )
  })
  const legend = libraries.map((library, index) => {
    const x = left + index * 110
    return `<rect x="${x}" y="28" width="10" height="10" fill="${colours[library]}"/><text x="${x + 15}" y="37">${library}</text>`
  })
  const title = 'CPU time of a guarded call, in bare calls (logarithmic; less is better)'
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + 10}" width="${width}" role="img">`,
    `<title>${title}</title>${style}`,
    `<rect width="${width}" height="${y + 10}" fill="#ffffff"/>`,
    `<text class="title" x="10" y="19">${title}</text>`,
    ...legend,
    ...grid,
    ...drawn,
    '</svg>\n',
  ].join('')
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.codePointAt(0)};`)
}
