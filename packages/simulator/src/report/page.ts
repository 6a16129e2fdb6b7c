import type { RunResult } from '../run/result.ts'
import { timeChart } from './chart.ts'
import { condensed } from './condense.ts'
import { courseOf } from './course.ts'
import { cursorScript } from './cursor.ts'
import { figures } from './figures.ts'
import { escaped, moment, number, time } from './format.ts'
import { heatMap } from './heat-map.ts'
import { css } from './styles.ts'

/**
 * A report of some runs as an HTML page: one file, nothing from the network. Its charts show values under the pointer and by
 * keyboard.
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
<p class="hint" hidden>Values: point at a chart, or move to it with Tab and through it with the arrow keys.</p>
${runs.map(section).join('\n')}
<script>${cursorScript}</script>
</html>
`
}

function headline({ title, environments, callsPerSecond, breaker, seed }: RunResult): string {
  return `${title} ${number(environments)} environments, ${number(callsPerSecond)} calls a second, ${breaker}, seed ${seed}`
}

function section(run: RunResult, index: number): string {
  const { faults: spans, durationMs, violations, measures } = run
  const { timeline, heatMap: sampled } = condensed(run.timeline, run.heatMap)
  const { bucketMs } = timeline
  const unit = bucketMs > run.timeline.bucketMs ? `a second, mean of ${time(bucketMs)}` : 'a second'
  const perSecond = (values: readonly number[]) => values.map(value => (value * 1_000) / bucketMs)
  const common = { durationMs, bucketMs, spans }
  const calls = timeChart({
    ...common,
    title: 'Calls',
    unit,
    series: [
      { name: 'offered', values: perSecond(timeline.offered), colour: 'grey', area: true },
      { name: 'answered well', values: perSecond(timeline.succeeded), colour: 'green' },
      { name: 'failed', values: perSecond(timeline.failed), colour: 'red' },
      { name: 'shed', values: perSecond(timeline.shed), colour: 'blue' },
    ],
  })
  const requests = timeChart({
    ...common,
    title: 'Requests to the table',
    unit,
    series: [
      { name: 'reads', values: perSecond(timeline.reads), colour: 'sky' },
      { name: 'writes', values: perSecond(timeline.writes), colour: 'pink' },
      { name: 'throttled', values: perSecond(timeline.throttled), colour: 'orange' },
    ],
    height: 120,
  })
  const cut = run.heatMap.rows.length < environmentsSeen(run) ? ', the first thousand' : ''
  const states = `The state of the circuit in each environment, a row each${cut}`
  return `<section><h2 id="run-${index}">${escaped(run.title)}</h2>
<p><small>${escaped(headline(run).slice(run.title.length + 1))}</small></p>
<p>${courseOf(run)}</p>
${calls}
${heatMap(sampled, durationMs, states)}
${requests}
${changes(run)}
<h3>Figures</h3><div class="scroll"><table>${figures.map(([name, of]) => `<tr><td>${name}</td><td class="n">${of(measures)}</td></tr>`).join('')}</table></div>
${violations.length > 0 ? `<h3 class="bad">Broken</h3>${violations.map(broken).join('')}` : '<p>Every invariant held at every step.</p>'}</section>`
}

function environmentsSeen({ timeline }: RunResult): number {
  return timeline.alive.reduce((max, alive) => Math.max(max, alive), 0)
}

function changes({ transitions }: RunResult): string {
  if (transitions.length === 0) return ''
  const rows = transitions.map(
    ({ atMs, to, reason, environment }) =>
      `<tr><td class="n">${moment(atMs)}</td><td>${escaped(to)}</td><td>${escaped(reason)}</td><td>${escaped(environment)}</td></tr>`,
  )
  return `<h3>The shared state</h3><div class="scroll"><table><tr><th>at</th><th>became</th><th>because</th><th>by</th></tr>${rows.slice(0, 60).join('')}</table></div>${rows.length > 60 ? `<p>... and ${number(rows.length - 60)} more</p>` : ''}`
}

function broken({ invariant, message, step, atMs, trace }: RunResult['violations'][number]): string {
  return `<p class="bad">${escaped(invariant)}: ${escaped(message)} (step ${number(step)}, ${time(atMs)})</p><pre>${escaped(trace.join('\n'))}</pre>`
}
