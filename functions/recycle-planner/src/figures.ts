import type { Metrics } from '@aws-lambda-powertools/metrics'
import type { Figures } from '@breakwater/recycler/functions'

/** Makes metrics of a planner's figures; ages are in seconds. */
export function observing(metrics: {
  addMetric(...metric: Parameters<Metrics['addMetric']>): unknown
}): (figures: Figures) => void {
  return ({ staleServices, oldestStaleMs, leftAlone, unseen, recycled, failed, ending }) => {
    if (staleServices !== undefined) metrics.addMetric('StaleServices', 'Count', staleServices)
    if (leftAlone !== undefined) metrics.addMetric('StaleServicesLeftAlone', 'Count', leftAlone)
    if (unseen !== undefined) metrics.addMetric('SourcesUnseen', 'Count', unseen)
    if (oldestStaleMs !== undefined) {
      metrics.addMetric('OldestStaleAge', 'Seconds', Math.round(oldestStaleMs / 1_000))
    }
    if (recycled !== undefined) metrics.addMetric('ServicesRecycled', 'Count', recycled)
    if (failed !== undefined) metrics.addMetric('ServicesFailed', 'Count', failed)
    if (ending !== undefined) metrics.addMetric(`Recycle${inCapitals(ending)}`, 'Count', 1)
  }
}

/** `already-running` becomes `AlreadyRunning`. */
function inCapitals(ending: string): string {
  return ending.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
