import { expect, it } from 'vitest'
import { machineOf, tablesOf } from './report.ts'
import { good, nothing } from './results.fixture.ts'
import { asMarkdown } from './table.ts'

const tables = tablesOf(good)

it('the report says where it was measured', () => {
  expect(machineOf(good.machine)).toBe('Some CPU, 2 CPUs; Node 24.0.0; opossum 10.0.0')
})

it('the report shows a call by its ratio, time and bytes, and says where there is none', () => {
  const { rows } = tables.get('calls')!
  expect(rows[0]).toEqual(['the bare call', '50 ns, 250 B', '', ''])
  expect(rows).toContainEqual([
    'open, with a fallback',
    '15 x, 750 ns, 600 B',
    '-',
    '8,000 x, 400,000 ns, 600 B',
  ])
  expect(rows.at(-1)).toEqual(['fetch on loopback, beside the bare fetch', 'skipped: not there', '-', '-'])
})

it('the report leaves out rows that were not measured', () => {
  expect(tables.get('calls')!.rows.map(([title]) => title)).not.toContain('closed, with a time limit')
})

it('the report shows what is added to a cold start and to a call with a table', () => {
  expect(tables.get('cold-start')!.rows[0]).toEqual(['import', '1.00', '3.00', '2.00'])
  expect(tables.get('store')!.rows[0]!.slice(1)).toEqual(['10', '3,010', '3,000', '20', '5,020', '5,000'])
})

it('a table of figures did not say their unit where its title is left out, as in the documentation', () => {
  for (const name of ['sizes', 'imports', 'cold-start', 'store', 'keys'])
    expect(asMarkdown(tables.get(name)!).split('\n')[0], name).toMatch(/bytes|\bms\b|µs|MB/)
})

it('the report shows a bundle that could not be made', () => {
  const sizes = [{ what: 'guards', skipped: 'not there yet' }]
  expect(tablesOf({ ...good, sizes }).get('sizes')!.rows).toEqual([['guards', 'not there yet']])
})

it('the report shows the heap by calls, a column for each number of circuits', () => {
  const { columns, rows } = tables.get('keys')!
  expect(columns).toEqual(['heap in MB after calls', 'maxCircuits 1,000', 'maxCircuits 10,000'])
  expect(rows[1]).toEqual(['200,000', '10.00', '25.00'])
})

it('the report of nothing says only that the claims were not measured', () => {
  const found = tablesOf(nothing)
  expect([...found.keys()]).toEqual(['claims'])
  expect(new Set(found.get('claims')!.rows.map(row => row[2]))).toEqual(new Set(['not measured']))
})

it('the report of a part has the claims that can be judged by it, each with its verdict', () => {
  expect(tablesOf(nothing, true).has('claims')).toBe(false)
  const calls = good.calls.filter(({ row }) => row === 'open-throws')
  expect(tablesOf({ ...nothing, calls }, true).get('claims')!.rows).toEqual([
    ['A call that an open circuit rejects', 'at most 25 times the bare call', '25.0 times', 'holds'],
  ])
})
