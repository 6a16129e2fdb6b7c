import { styleText } from 'node:util'
import type { CircuitState } from '@breakwater/circuit'
import { escapeControls } from '@breakwater/circuit/shared'
import type { CallCounts } from './call-counts.ts'
import type { Transition } from './fleet-watch.ts'

/** One second of the outage. */
export interface Row {
  /** Since the load began. */
  readonly seconds: number
  readonly phase: string
  readonly state: CircuitState
  /** Outcomes within this second; `sent` counts the calls sent in it. */
  readonly calls: CallCounts
  /** Charges that the provider received in it. */
  readonly provider: number
  /** Live environments, and those of them that know the state above. */
  readonly environments: number
  readonly aware: number
}

type Style = Parameters<typeof styleText>[0]

const styleOf: Record<CircuitState, Style> = { CLOSED: 'green', OPEN: 'red', HALF_OPEN: 'yellow' }

const columns: readonly (readonly [title: string, width: number])[] = [
  ['time', 5],
  ['  phase', -21],
  ['circuit', -10],
  ['calls', 6],
  ['charged', 8],
  ['shed', 6],
  ['failed', 7],
  ['fallback', 9],
  ['provider', 9],
  ['  environments', -1],
]

const maxWidth = 100

/** Writes the course of the demonstration, as lines for a terminal or a log. */
export class Narrator {
  readonly #write: (line: string) => void
  readonly #colours: boolean

  constructor(write: (line: string) => void, colours: boolean) {
    this.#write = write
    this.#colours = colours
  }

  /** A plain line. */
  line(line = ''): void {
    this.#write(printable(line))
  }

  /** Steps in their order, in as many lines as they need. */
  list(steps: readonly string[]): void {
    let line = ''
    for (const step of steps.map(escapeControls)) {
      const longer = line ? `${line} > ${step}` : `    ${step}`
      if (line && longer.length > maxWidth - ' >'.length) {
        this.#write(`${line} >`)
        line = `    ${step}`
      } else line = longer
    }
    if (line) this.#write(line)
  }

  /** A highlighted line: the next step of the demonstration. */
  step(line: string): void {
    this.#write(this.#paint('bold', printable(`> ${line}`)))
  }

  /** A line about something that was not as expected. */
  problem(line: string): void {
    this.#write(this.#paint('red', printable(line)))
  }

  /** The titles of the columns of {@link row}. */
  header(): void {
    this.#write(this.#paint('dim', columns.map(([title, width]) => pad(title, width)).join('')))
  }

  /** One second of the outage. */
  row({ seconds, phase, state, calls, provider, environments, aware }: Row): void {
    const cells = [
      `${seconds}s`,
      `  ${phase}`,
      state,
      ...[calls.sent, calls.succeeded, calls.rejected, calls.failed, calls.fallbacks, provider],
      `  ${aware} of ${environments} know`,
    ]
    const padded = cells.map((cell, i) => pad(String(cell), columns[i]?.[1] ?? 0))
    padded[2] = this.#paint(styleOf[state], padded[2] ?? '')
    this.#write(padded.join(''))
  }

  /** A change of the circuit's state. */
  transition({ circuit, from, to, reason, environment, generation }: Transition): void {
    const change = `${from} -> ${this.#paint(styleOf[to], to)}`
    const [name, by] = [escapeControls(circuit), escapeControls(environment)]
    this.#write(`> circuit "${name}": ${change} (${reason}), generation ${generation}, by ${by}`)
  }

  #paint(style: Style, text: string): string {
    return this.#colours ? styleText(style, text, { validateStream: false }) : text
  }
}

/** Whether to write colours: never when NO_COLOR is set (https://no-color.org) or the stream is no terminal. */
export function wantsColours(
  stream: { readonly isTTY?: boolean },
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb'
}

/** A text of any number of lines with all other control characters escaped, for a terminal. */
export function printable(text: string): string {
  return text.split('\n').map(escapeControls).join('\n')
}

/** Pads to a width, at the end where it is negative. */
function pad(text: string, width: number): string {
  return width < 0 ? text.padEnd(-width) : text.padStart(width)
}
