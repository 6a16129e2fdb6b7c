import type { HeatMap, Measures, RunResult } from '../run/result.ts'
import { palettePng } from './png.ts'
import { colours, escaped, frame, number, time, timeChart } from './svg.ts'

const [blue, green, red, orange, sky, pink] = colours

/** States of an environment: the letter in a heat map, the colour, and a text for readers. */
const states = [
  ['c', '#cfe8d5', 'closed: calls flow'],
  ['r', sky, 'recovery ramp: traffic grows back'],
  ['h', orange, 'half open: a few calls probe'],
  ['o', red, 'open: calls are shed'],
  ['s', pink, 'shedding by its local gate'],
  ['u', '#999999', 'closed, the table does not answer'],
  ['.', '#ffffff', 'not alive'],
] as const

/** Rows of the table of figures: a label, and the value as text. */
const figures: readonly (readonly [string, (measures: Measures) => string])[] = [
  ['calls offered', ({ calls }) => number(calls)],
  ['answered well', ({ succeeded }) => number(succeeded)],
  ['reached the dependency and failed', ({ failed }) => number(failed)],
  ['shed without touching the dependency', ({ shed }) => number(shed)],
  ['found no free environment', ({ turnedAway }) => number(turnedAway)],
  ['lost with an environment that died', ({ lost }) => number(lost)],
  ['reached the dependency while it was down', ({ reachedWhileDown }) => number(reachedWhileDown)],
  ['in flight when the fault began', ({ inFlightAtFault }) => number(inFlightAtFault)],
  ['from the fault to the first call shed', ({ firstShedMs }) => timeOr(firstShedMs, 'never')],
  ['from the fault to the last call that was no probe', ({ lastShedMs }) => timeOr(lastShedMs, '–')],
  ['from the fault to open', ({ openedMs }) => timeOr(openedMs, 'never')],
  [
    'calls made until it opened',
    ({ callsToOpen }) => (callsToOpen === undefined ? '–' : number(callsToOpen)),
  ],
  ['openings', ({ opens }) => number(opens)],
  ['writes of OPEN to the table', ({ openWrites }) => number(openWrites)],
  ['openings while the dependency was healthy', ({ wrongOpens }) => number(wrongOpens)],
  ['local openings of healthy environments while the dependency was healthy', m => number(m.wrongLocalOpens)],
  ['most probes in flight at once', ({ maxProbes }) => number(maxProbes)],
  ['from healthy and open time over to closed', ({ closedMs }) => timeOr(closedMs, 'never')],
  ['from the same to nine calls in ten answered well', ({ recoveredMs }) => timeOr(recoveredMs, 'never')],
  ['collapses of the dependency', ({ collapses }) => number(collapses)],
  ['share answered well since the fault', ({ goodput }) => `${number(goodput * 100)} %`],
  [
    'wait for the table: median, 99th percentile, maximum',
    m => [m.addedP50Ms, m.addedP99Ms, m.addedMaxMs].map(time).join(', '),
  ],
  [
    'requests to the table: reads, writes, throttled',
    m => [m.reads, m.writes, m.throttled].map(number).join(', '),
  ],
  ['read units, write units', ({ readUnits, writeUnits }) => [readUnits, writeUnits].map(number).join(', ')],
  [
    'most units on one key in one second: read, write',
    m => [m.peakReadUnits, m.peakWriteUnits].map(number).join(', '),
  ],
  [
    'memory: items in the table, most timers and waiting answers of an environment',
    m => [m.tableItems, m.maxPending].map(number).join(', '),
  ],
  ['price of the requests, per million calls', m => `${number(m.dollarsPerMillionCalls)} US dollars`],
]

const css = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #57606a; --line: #d0d7de; --back: #ffffff; --fault: #d55e00 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9da7b1; --line: #3d444d; --back: #0d1117; --fault: #ff9a5a } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back); max-width: 960px; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.2rem; margin: 2.5rem 0 .3rem; border-top: 1px solid var(--line); padding-top: 1.5rem }
h3 { font-size: .95rem; margin: 1.2rem 0 .2rem; color: var(--soft); font-weight: 600 }
svg { display: block; width: 100%; height: auto } svg text { font: 12px system-ui, sans-serif; fill: var(--soft) }
.axis { stroke: var(--line) } .fault { fill: var(--fault); fill-opacity: .12 } .fault-label { fill: var(--fault); font-weight: 600 }
.heat { image-rendering: pixelated; display: block; height: 260px; margin-left: ${share(frame.left)}; width: ${share(frame.width)}; border: 1px solid var(--line); box-sizing: border-box }
.legend span { display: inline-block; margin-right: 1.1rem; color: var(--soft); font-size: .85rem } .legend i { display: inline-block; width: .8em; height: .8em; border: 1px solid var(--line); margin-right: .35em }
table { border-collapse: collapse; margin: .6rem 0; font-size: .9rem } td, th { text-align: left; padding: .15rem 1.2rem .15rem 0; border-bottom: 1px solid var(--line); vertical-align: top } td.n { text-align: right; font-variant-numeric: tabular-nums }
.bad { color: var(--fault); font-weight: 600 } pre { overflow: auto; font-size: .8rem; border: 1px solid var(--line); padding: .6rem }
`

/**
 * A report of some runs as an HTML page: one file, no script, nothing from the network.
 *
 * @example
 * writeFileSync('report.html', renderReport([await simulate(scenario, { seed: 1, size: 100, detail: true })]))
 */
export function renderReport(runs: readonly RunResult[]): string {
  const contents = runs.map((run, index) => `<li><a href="#run-${index}">${escaped(headline(run))}</a></li>`)
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Simulated outages</title><style>${css}</style>
<h1>Simulated outages</h1>
<p>A fleet of short-lived copies of one function calls a dependency that breaks. In each copy a circuit breaker decides which calls to let through; the copies share its state through a table. Time is simulated: the same seed gives the same run.</p>
<ol>${contents.join('')}</ol>
${runs.map(section).join('\n')}
</html>
`
}

function headline({ title, environments, callsPerSecond, breaker, seed }: RunResult): string {
  return `${title} ${number(environments)} environments, ${number(callsPerSecond)} calls a second, ${breaker}, seed ${seed}`
}

function section(run: RunResult, index: number): string {
  const { timeline, faults: spans, durationMs, violations, measures } = run
  const { bucketMs } = timeline
  const perSecond = (values: readonly number[]) => values.map(value => (value * 1_000) / bucketMs)
  const common = { durationMs, bucketMs, spans }
  const calls = [
    { name: 'offered', values: perSecond(timeline.offered), colour: '#8c959f', area: true },
    { name: 'answered well', values: perSecond(timeline.succeeded), colour: green },
    { name: 'failed', values: perSecond(timeline.failed), colour: red },
    { name: 'shed', values: perSecond(timeline.shed), colour: blue },
  ]
  const requests = [
    { name: 'reads', values: perSecond(timeline.reads), colour: sky },
    { name: 'writes', values: perSecond(timeline.writes), colour: pink },
    { name: 'throttled', values: perSecond(timeline.throttled), colour: orange },
  ]
  return `<h2 id="run-${index}">${escaped(run.title)}</h2>
<p><small>${escaped(headline(run).slice(run.title.length + 1))}</small></p>
<p>${summaryOf(run)}</p>
<h3>Calls</h3>${timeChart({ ...common, unit: 'calls a second', series: calls })}
<h3>The state of the circuit in each environment (a row each${run.heatMap.rows.length < environmentsSeen(run) ? ', the first thousand' : ''})</h3>${heatMap(run.heatMap)}
<h3>Requests to the table</h3>${timeChart({ ...common, unit: 'requests a second', series: requests, height: 100 })}
${changes(run)}
<h3>Figures</h3><table>${figures.map(([name, of]) => `<tr><td>${name}</td><td class="n">${of(measures)}</td></tr>`).join('')}</table>
${violations.length > 0 ? `<h3 class="bad">Broken</h3>${violations.map(broken).join('')}` : '<p>Every invariant held at every step.</p>'}`
}

function environmentsSeen({ timeline }: RunResult): number {
  return timeline.alive.reduce((max, alive) => Math.max(max, alive), 0)
}

/** The result of a run in sentences. */
function summaryOf({ faults, measures, durationMs }: RunResult): string {
  const [fault] = faults
  const { reachedWhileDown, firstShedMs, lastShedMs, openedMs, closedMs, opens, wrongOpens, shed } = measures
  const sentences: string[] = []
  if (!fault) sentences.push(`Nothing was broken in these ${time(durationMs)}.`)
  else sentences.push(`At ${time(fault.fromMs)} it began: ${escaped(fault.label)}.`)
  if (openedMs !== undefined) sentences.push(`The circuit opened after ${time(openedMs)}.`)
  if (firstShedMs !== undefined && lastShedMs !== undefined)
    sentences.push(
      `The first call was shed after ${time(firstShedMs)}, the last one got through after ${time(lastShedMs)}.`,
    )
  if (reachedWhileDown > 0)
    sentences.push(`${number(reachedWhileDown)} calls reached the dependency while it was down.`)
  if (closedMs !== undefined)
    sentences.push(`Once it was healthy and the open time over, it took ${time(closedMs)} to close.`)
  if (opens === 0)
    sentences.push(
      shed === 0 ? 'The circuit stayed closed, no call was shed.' : 'The shared circuit stayed closed.',
    )
  if (wrongOpens > 0)
    sentences.push(
      `<span class="bad">It opened ${number(wrongOpens)} times although the dependency was healthy.</span>`,
    )
  return sentences.join(' ')
}

/** The states as a picture, a pixel a sample, and a legend of its colours. */
function heatMap({ rows }: HeatMap): string {
  const widest = Math.max(0, ...rows.map(row => row.length))
  if (widest === 0) return '<p>Not recorded.</p>'
  const letters = states.map(([letter]) => letter).join('')
  const pixels = rows.map(row =>
    Array.from(row.padEnd(widest, '.'), letter => Math.max(0, letters.indexOf(letter))),
  )
  const png = palettePng(
    states.map(([, colour]) => colour),
    pixels,
  )
  const key = states
    .map(([, colour, word]) => `<span><i style="background:${colour}"></i>${word}</span>`)
    .join('')
  return `<img class="heat" alt="" src="data:image/png;base64,${png.toString('base64')}"><p class="legend">${key}</p>`
}

function changes({ transitions }: RunResult): string {
  if (transitions.length === 0) return ''
  const rows = transitions.map(
    ({ atMs, to, reason, environment }) =>
      `<tr><td class="n">${time(atMs)}</td><td>${escaped(to)}</td><td>${escaped(reason)}</td><td>${escaped(environment)}</td></tr>`,
  )
  return `<h3>The shared state</h3><table><tr><th>at</th><th>became</th><th>because</th><th>by</th></tr>${rows.slice(0, 60).join('')}</table>${rows.length > 60 ? `<p>... and ${number(rows.length - 60)} more</p>` : ''}`
}

function broken({ invariant, message, step, atMs, trace }: RunResult['violations'][number]): string {
  return `<p class="bad">${escaped(invariant)}: ${escaped(message)} (step ${number(step)}, ${time(atMs)})</p><pre>${escaped(trace.join('\n'))}</pre>`
}

function timeOr(ms: number | undefined, otherwise: string): string {
  return ms === undefined ? otherwise : time(ms)
}

/** A width as a share of the width of a chart. */
function share(width: number): string {
  return `${((width / (frame.left + frame.width + frame.right)) * 100).toFixed(3)}%`
}
