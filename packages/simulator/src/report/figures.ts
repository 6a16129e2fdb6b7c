import type { Measures } from '../run/result.ts'
import { number, time } from './format.ts'

/** Rows of the table of figures: a label, and the value as text. */
export const figures: readonly (readonly [string, (measures: Measures) => string])[] = [
  ['calls offered', ({ calls }) => number(calls)],
  ['answered well', ({ succeeded }) => number(succeeded)],
  ['reached the dependency and failed', ({ failed }) => number(failed)],
  ['shed without touching the dependency', ({ shed }) => number(shed)],
  ['found no free environment', ({ turnedAway }) => number(turnedAway)],
  ['lost with an environment that died', ({ lost }) => number(lost)],
  ['reached the dependency while it was down', ({ reachedWhileDown }) => number(reachedWhileDown)],
  [
    'those of them while the table held OPEN or HALF_OPEN; by minute',
    m => `${number(m.reachedWhileOpen)}; ${m.reachedWhileOpenByMinute.map(number).join(', ') || '–'}`,
  ],
  [
    'reached the dependency while it was down, since the last burst',
    ({ reachedSinceBurst }) => (reachedSinceBurst === undefined ? '–' : number(reachedSinceBurst)),
  ],
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
  ['most writes of the record in one opening', ({ maxWritesPerOpening }) => number(maxWritesPerOpening)],
  [
    'reports that the table failed: all, most of one environment',
    m => [m.storeFailures, m.maxStoreFailures].map(number).join(', '),
  ],
  ['openings while the dependency was healthy', ({ wrongOpens }) => number(wrongOpens)],
  ['local openings of healthy environments while the dependency was healthy', m => number(m.wrongLocalOpens)],
  ['most probes in flight at once', ({ maxProbes }) => number(maxProbes)],
  ['from healthy and open time over to closed', ({ closedMs }) => timeOr(closedMs, 'never')],
  ['from the same to nine calls in ten answered well', ({ recoveredMs }) => timeOr(recoveredMs, 'never')],
  ['collapses of the dependency', ({ collapses }) => number(collapses)],
  ['share answered well since the fault', ({ goodput }) => `${number(goodput * 100)} %`],
  [
    'share answered well with a healthy dependency, the longest open time and the ramp later',
    ({ healthyGoodput }) => (healthyGoodput === undefined ? '–' : `${number(healthyGoodput * 100)} %`),
  ],
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

function timeOr(ms: number | undefined, otherwise: string): string {
  return ms === undefined ? otherwise : time(ms)
}
