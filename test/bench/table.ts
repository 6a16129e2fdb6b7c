/** Figures in rows and columns. */
export interface Table {
  readonly title: string
  /** How many columns from the left are words and not figures. @default 1 */
  readonly words?: number
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** The width of a table for a terminal, in characters; longer only where a single word is. */
const maxWidth = 100
const gap = '  '

/** A table for a terminal: cells that are too long for its width go over several lines. */
export function asText({ title, words = 1, columns, rows }: Table): string {
  const lines = [columns, ...rows]
  const cellsOf = (index: number) => lines.map(line => line[index] ?? '')
  const widths = columns.map((_, index) => Math.max(...cellsOf(index).map(cell => cell.length)))
  // A figure is not torn from its unit.
  const breakOf = (index: number) => (index < words ? / / : /(?<=,) /)
  const narrowest = columns.map((_, index) =>
    Math.max(...cellsOf(index).flatMap(cell => cell.split(breakOf(index)).map(word => word.length))),
  )
  const total = () => widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1))
  while (total() > maxWidth) {
    const widest = widths
      .map((width, index) => ({ width, index }))
      .filter(({ width, index }) => width > narrowest[index]!)
      .sort((a, b) => b.width - a.width)[0]
    if (!widest) break
    widths[widest.index]!--
  }
  const shown = lines.flatMap(line => {
    const cells = widths.map((width, index) => wrapped(line[index] ?? '', width, breakOf(index)))
    return Array.from({ length: Math.max(...cells.map(cell => cell.length)) }, (_, row) =>
      cells
        .map((cell, index) => {
          const text = cell[row] ?? ''
          return index < words ? text.padEnd(widths[index]!) : text.padStart(widths[index]!)
        })
        .join(gap)
        .trimEnd(),
    )
  })
  return [...wrapped(title, maxWidth, / /), '', ...shown, ''].join('\n')
}

/** The text in lines of at most that width, broken at those spaces. */
function wrapped(text: string, width: number, space: RegExp): string[] {
  const lines: string[] = []
  for (const word of text.split(space)) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}

/** A table for a document. Its title is left to the document. */
export function asMarkdown({ words = 1, columns, rows }: Table): string {
  const cells = (line: readonly string[]) =>
    `| ${line.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [
    cells(columns),
    `|${'---|'.repeat(words)}${'---:|'.repeat(columns.length - words)}`,
    ...rows.map(cells),
  ].join('\n')
}

/** A number with no more digits than matter: 0.83, 4.2, 31, 9,145. */
export function number(value: number): string {
  const size = Math.abs(value)
  const digits = size >= 10 ? 0 : size >= 1 ? 1 : 2
  return value.toLocaleString('en', { minimumFractionDigits: 0, maximumFractionDigits: digits })
}
