import { expect, it } from 'vitest'
import { barChart } from './chart.ts'

it('bars are as long as their values, and say them', () => {
  const svg = barChart({
    title: ['A & B', 'C'],
    groups: [
      {
        label: 'g',
        bars: [
          { name: 'few', value: 300 },
          { name: 'many', value: 9_000 },
        ],
      },
    ],
  })
  expect(svg).toContain('<title>A &#38; B C</title>')
  expect(svg).toContain('>9,000<')
  const [few, many] = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width))
  expect(many! / few!).toBeCloseTo(30, 0)
})
