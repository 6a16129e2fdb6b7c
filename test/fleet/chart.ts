/** So narrow that its text can be read on a telephone; names stand above their bars. */
const width = 440
/** Room for the longest value beside the longest bar. */
const valueWidth = 56

/** Readable on light and on dark ground. */
const style = `<style>
text { font: 12px system-ui, sans-serif; fill: #57606a }
.title { font-size: 14px; font-weight: 600 }
.value { font-weight: 600 }
.own { fill: #0072b2 }
.other { fill: #8c959f }
@media (prefers-color-scheme: dark) {
  text { fill: #adbac7 }
  .own { fill: #4aa8e0 }
  .other { fill: #6e7681 }
}
</style>`

/** Bars of a {@link barChart}, by group. */
export interface BarGroup {
  readonly label: string
  readonly bars: readonly { readonly name: string; readonly value: number }[]
}

/**
 * Bars one below the other, each with its name and its value. A file of its own.
 *
 * @example
 * barChart({ title: ['Calls'], groups: [{ label: '500 environments', bars: [{ name: 'Breakwater', value: 12 }] }] })
 */
export function barChart({
  title,
  groups,
}: {
  /** Its lines. */
  readonly title: readonly string[]
  readonly groups: readonly BarGroup[]
}): string {
  const max = Math.max(1, ...groups.flatMap(({ bars }) => bars.map(({ value }) => value)))
  const length = (value: number) => (value / max) * (width - valueWidth)
  let y = 18 * title.length - 2
  const drawn = groups.map(({ label, bars }) => {
    y += 30
    const heading = `<text x="0" y="${y}" class="title">${escaped(label)}</text>`
    const rows = bars.map(({ name, value }, index) => {
      const kind = index === 0 ? 'own' : 'other'
      const row =
        `<text x="0" y="${y + 20}">${escaped(name)}</text>` +
        `<rect x="0" y="${y + 26}" width="${length(value).toFixed(1)}" height="14" rx="2" class="${kind}"/>` +
        `<text x="${(length(value) + 6).toFixed(1)}" y="${y + 38}" class="value">${value.toLocaleString('en')}</text>`
      y += 42
      return row
    })
    return heading + rows.join('')
  })
  const lines = title.map(
    (line, index) => `<text x="0" y="${16 + 18 * index}" class="title">${escaped(line)}</text>`,
  )
  y += 8
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" role="img"><title>${escaped(title.join(' '))}</title>${style}${lines.join('')}${drawn.join('')}</svg>\n`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.codePointAt(0)};`)
}
