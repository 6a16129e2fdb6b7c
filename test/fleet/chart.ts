/** Readable on light and on dark ground. */
const style = `<style>
text { font: 12px system-ui, sans-serif; fill: #57606a }
.title { font-size: 14px; font-weight: 600 }
.axis { stroke: #8c959f; stroke-opacity: .35 }
@media (prefers-color-scheme: dark) { text { fill: #adbac7 } }
</style>`

/** Bars of a {@link barChart}, by group. */
export interface BarGroup {
  readonly label: string
  readonly bars: readonly { readonly name: string; readonly value: number }[]
}

/**
 * Bars side by side, each with its name and its value. A file of its own.
 *
 * @example
 * barChart({ title: 'Calls', groups: [{ label: '500 environments', bars: [{ name: 'Breakwater', value: 12 }] }] })
 */
export function barChart({ title, groups }: { title: string; groups: readonly BarGroup[] }): string {
  const [width, left, bar] = [900, 400, 20]
  const max = Math.max(1, ...groups.flatMap(({ bars }) => bars.map(({ value }) => value)))
  const length = (value: number) => (value / max) * (width - left - 80)
  let y = 30
  const drawn = groups.map(({ label, bars }) => {
    const heading = `<text x="0" y="${y + 14}" class="title">${escaped(label)}</text>`
    y += 22
    const rows = bars.map(({ name, value }, index) => {
      const row =
        `<text x="${left - 8}" y="${y + 14}" text-anchor="end">${escaped(name)}</text>` +
        `<rect x="${left}" y="${y + 2}" width="${length(value).toFixed(1)}" height="${bar - 4}" rx="2" fill="${index === 0 ? '#0072b2' : '#8c959f'}"/>` +
        `<text x="${(left + length(value) + 6).toFixed(1)}" y="${y + 14}">${value.toLocaleString('en')}</text>`
      y += bar
      return row
    })
    y += 8
    return heading + rows.join('')
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" role="img"><title>${escaped(title)}</title>${style}<text x="0" y="14" class="title">${escaped(title)}</text>${drawn.join('')}</svg>\n`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.codePointAt(0)};`)
}
