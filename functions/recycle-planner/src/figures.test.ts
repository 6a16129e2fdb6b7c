import { expect, it } from 'vitest'
import { observing } from './figures.ts'

it('the planner makes a metric of every figure that is there, ages in seconds', () => {
  const metrics: unknown[][] = []
  const observe = observing({ addMetric: (...metric) => void metrics.push(metric) })
  observe({ staleServices: 0, oldestStaleMs: 90_400, leftAlone: 4, unseen: 1 })
  observe({ recycled: 2, failed: 1 })
  observe({ ending: 'already-running' })
  observe({})
  expect(metrics).toEqual([
    ['StaleServices', 'Count', 0],
    ['StaleServicesLeftAlone', 'Count', 4],
    ['SourcesUnseen', 'Count', 1],
    ['OldestStaleAge', 'Seconds', 90],
    ['ServicesRecycled', 'Count', 2],
    ['ServicesFailed', 'Count', 1],
    ['RecycleAlreadyRunning', 'Count', 1],
  ])
})
