/** Figures in rows and columns. */
export interface Table {
  readonly title: string
  /** How many columns from the left are words and not figures. @default 1 */
  readonly words?: number
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** A table for a terminal. */
export function asText({ title, words = 1, columns, rows }: Table): string {
  const lines = [columns, ...rows]
  const widths = columns.map((_, index) => Math.max(...lines.map(line => line[index]?.length ?? 0)))
  const shown = lines.map(line =>
    widths
      .map((width, index) =>
        index < words ? (line[index] ?? '').padEnd(width) : (line[index] ?? '').padStart(width),
      )
      .join('  ')
      .trimEnd(),
  )
  return [title, '', ...shown, ''].join('\n')
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
