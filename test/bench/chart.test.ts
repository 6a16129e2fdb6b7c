import { expect, it } from 'vitest'
import { costChart } from './chart.ts'
import { cell, good, nothing } from './results.fixture.ts'

/** The bars of a chart, by the number written beside each. */
function widths(chart: string): Record<string, number> {
  const bars = chart.matchAll(
    /<rect x="330"[^>]* width="([\d.]+)"[^>]*fill[^>]*>\s*<text class="muted"[^>]*>([^<]*)</g,
  )
  return Object.fromEntries(Array.from(bars, ([, width, value]) => [value!, Number(width)]))
}

it('the chart draws a decade as long as any other', () => {
  const calls = [
    cell('closed', 'breakwater', 10),
    cell('closed', 'cockatiel', 100),
    cell('closed', 'opossum', 1_000),
  ]
  const found = widths(costChart({ ...nothing, calls }))
  expect(Object.keys(found)).toEqual(['10', '100', '1,000'])
  expect(found['100']).toBeCloseTo(2 * found['10']!, 0)
  expect(found['1,000']).toBeCloseTo(3 * found['10']!, 0)
})

it('the chart draws nothing longer than the bare call for what is not dearer', () => {
  expect(widths(costChart({ ...nothing, calls: [cell('closed', 'breakwater', 0.9)] }))).toEqual({ '0.9': 0 })
})

it('the chart names every row that has a bar, and no other', () => {
  const chart = costChart(good)
  expect(chart).toContain('>open, throws<')
  expect(chart).not.toContain('fetch on loopback')
})

it('the chart numbers every decade of the axis', () => {
  const chart = costChart(good)
  for (const tick of ['1', '10', '100', '1,000', '10,000'])
    expect(chart).toContain(`text-anchor="middle">${tick}<`)
})
