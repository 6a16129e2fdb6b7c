import { inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { RunResult } from '../run/result.ts'
import { simulate } from '../run/simulate.ts'
import { scenarioNamed } from '../scenario/library.ts'
import { axisFor, niceCeiling, timeLabels } from './axis.ts'
import { condensed } from './condense.ts'
import { cursorScript } from './cursor.ts'
import { escaped, moment, number, time } from './format.ts'
import { renderReport } from './page.ts'
import { palettePng } from './png.ts'

const run = await simulate(scenarioNamed('outage'), { seed: 1, size: 20, detail: true })

describe('the report', () => {
  it('says what happened, in words, charts and figures', () => {
    const page = renderReport([run])
    expect(page).toContain('The dependency dies for half a minute: every call fails.')
    expect(page).toContain('Calls, a second')
    expect(page).toMatch(/<td>openings<\/td><td class="n">3<\/td>/)
    expect(page).toContain('Every invariant held at every step.')
    expect(page.match(/class="fault"/g)).toHaveLength(2)
  })

  it('has no hole, wherever a figure may be missing', () => {
    const measures = Object.fromEntries(
      Object.entries(run.measures).map(([name, value]) => [
        name,
        /Ms$|ToOpen/.test(name) && !/^added/.test(name) ? undefined : value,
      ]),
    ) as unknown as RunResult['measures']
    const nothing: RunResult = {
      ...run,
      measures,
      faults: [],
      transitions: [],
      heatMap: { everyMs: 500, rows: [] },
      timeline: {
        ...run.timeline,
        offered: [],
        succeeded: [],
        failed: [],
        shed: [],
        reads: [],
        writes: [],
        throttled: [],
        alive: [],
      },
    }
    for (const page of [renderReport([run]), renderReport([nothing]), renderReport([])])
      expect(page.replace(cursorScript, '')).not.toMatch(/undefined|NaN|Infinity|\[object/)
  })

  it('shows names and messages as text, whatever they hold', () => {
    const evil = '<script>alert("x")</script>'
    const page = renderReport([
      {
        ...run,
        title: evil,
        faults: [{ fromMs: 0, toMs: 1, label: evil }],
        transitions: [{ atMs: 1, from: 'CLOSED', to: evil, generation: 1, reason: evil, environment: evil }],
        violations: [{ invariant: evil, message: evil, step: 1, atMs: 1, trace: [evil] }],
      },
    ])
    expect(page.match(/<script/g)).toHaveLength(1)
    expect(page).not.toContain('alert("x")')
    expect(page).toContain(escaped(evil))
  })

  it('needs nothing from anywhere else', () => {
    expect(renderReport([run])).not.toMatch(/https?:|<script src|<link|@import|url\(/)
  })
})

describe('the heat map', () => {
  it('is a PNG of one pixel a sample, of the colours of the palette', () => {
    const png = palettePng(
      ['#ff0000ff', '#00ff0080'],
      [
        [0, 1, 1],
        [1, 0, 0],
      ],
    )
    expect(png.subarray(1, 4).toString()).toBe('PNG')
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([3, 2])
    expect(png.includes(Buffer.from('ff000000ff00', 'hex'))).toBe(true)
    expect(png.subarray(png.indexOf('tRNS') + 4).subarray(0, 2)).toEqual(Buffer.from('ff80', 'hex'))
    const at = png.indexOf('IDAT')
    const pixels = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)))
    expect([...pixels]).toEqual([0, 0, 1, 1, 0, 1, 0, 0])
  })
})

describe('a long run', () => {
  it('was a block of colour: has as many buckets as a chart can show', () => {
    const ones = Array.from({ length: 7_201 }, () => 1)
    const series = { ...run.timeline, offered: ones, alive: ones }
    const { timeline, heatMap } = condensed(
      { ...series, bucketMs: 500 },
      { everyMs: 500, rows: ['c'.repeat(7_200), `${'.'.repeat(20)}o`] },
    )
    expect([timeline.bucketMs, heatMap.everyMs, timeline.offered.length]).toEqual([5_000, 5_000, 721])
    expect(new Set(timeline.offered)).toEqual(new Set([10]))
    expect(heatMap.rows).toEqual(['c'.repeat(720), '..o'])
  })

  it('is left as it is where it is short', () => {
    expect(condensed(run.timeline, run.heatMap).timeline).toBe(run.timeline)
  })
})

describe('charts', () => {
  it('an axis went to 2,000 for 1,000 calls: ends at the first round step above them', () => {
    expect(axisFor(1_130, 6)).toEqual({ max: 1_200, ticks: [0, 200, 400, 600, 800, 1_000, 1_200] })
    expect([0, 1, 7, 18, 950, 1_001].map(value => axisFor(value, 6).max)).toEqual([1, 1, 8, 20, 1_000, 1_200])
  })

  it('time axes have round labels, at their share of the width', () => {
    expect(timeLabels(75_000).map(({ text }) => text)).toEqual(
      [0, 10, 20, 30, 40, 50, 60, 70].map(seconds => `${seconds} s`),
    )
    expect(timeLabels(3_600_000).at(-1)).toEqual({ share: 1, text: '60 min' })
  })

  it('steps are round numbers', () => {
    expect([1, 1.1, 3, 7, 18, 950, 1_001].map(niceCeiling)).toEqual([1, 2, 5, 10, 20, 1_000, 2_000])
  })

  it('numbers and times are written for readers', () => {
    expect([1_234_567, 12.345, 0.07712, 0].map(number)).toEqual(['1,234,567', '12.3', '0.077', '0'])
    expect([71.9, 1_449, 75_000, 3_600_000].map(time)).toEqual(['72 ms', '1.4 s', '75 s', '60 min'])
    expect([45_000, 54_240, 186_000, 180_000].map(moment)).toEqual(['45 s', '54.2 s', '3 min 6 s', '3 min'])
  })
})
