/**
 * Powertools Logger and Metrics as observers of circuits.
 *
 * @module
 */
export { circuitLogger, type LoggerLike } from './logger.ts'
export {
  type CircuitMetricsListener,
  type CircuitMetricsOptions,
  circuitMetrics,
  type MetricsLike,
} from './metrics.ts'
export { escapingReplacer } from './replacer.ts'
