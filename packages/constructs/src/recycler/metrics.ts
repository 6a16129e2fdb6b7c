import { Duration } from 'aws-cdk-lib'
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch'

/** What the planner measures. */
export type RecyclerMetricName = 'StaleServices' | 'OldestStaleAge'

/**
 * A metric that the planner writes at the end of each recycle and reconcile.
 *
 * @example
 * const metric = recyclerMetric('OldestStaleAge')
 */
export function recyclerMetric(metricName: RecyclerMetricName, options?: MetricOptions): Metric {
  return new Metric({
    namespace: 'Breakwater',
    dimensionsMap: { service: 'recycler' },
    statistic: Stats.MAXIMUM,
    metricName,
    ...options,
  })
}

/** How many events of the default bus a rule matched. */
export function matchedEvents(RuleName: string): Metric {
  return new Metric({
    namespace: 'AWS/Events',
    metricName: 'MatchedEvents',
    dimensionsMap: { RuleName },
    statistic: Stats.SUM,
    period: Duration.minutes(5),
  })
}
