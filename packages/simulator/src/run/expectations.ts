import type { Scenario } from '../scenario/scenario.ts'
import type { Measures } from './result.ts'

/** A message for each expectation of the scenario that the figures of a run do not meet. */
export function unmetExpectations(
  { expect = {}, durationMs }: Scenario,
  measures: Measures,
  minimumCalls: number,
  environments: number,
): string[] {
  const {
    wrongOpens = 0,
    opens: [min, max] = [0, Infinity],
    writes,
    writesPerSecond,
    callsToOpen,
    closedMs,
    reachedSinceBurst = Infinity,
    reachedWhileOpenEach = Infinity,
    healthyGoodput = 0,
  } = expect
  const unmet: string[] = []
  const check = (holds: boolean, message: string) => {
    if (!holds) unmet.push(message)
  }
  check(
    measures.wrongOpens <= wrongOpens,
    `opened ${measures.wrongOpens} times although the dependency was healthy`,
  )
  check(
    measures.opens >= min && measures.opens <= max,
    `opened ${measures.opens} times, expected ${min} to ${max}`,
  )
  if (writes !== undefined) check(measures.writes <= writes, `${measures.writes} writes, at most ${writes}`)
  if (writesPerSecond !== undefined) {
    const rate = (measures.writes * 1_000) / durationMs
    check(rate <= writesPerSecond, `${rate.toFixed(1)} writes a second, at most ${writesPerSecond}`)
  }
  if (callsToOpen !== undefined) {
    const maxCalls = callsToOpen * minimumCalls
    check(
      measures.callsToOpen !== undefined && measures.callsToOpen <= maxCalls,
      `opened after ${measures.callsToOpen} calls, expected at most ${maxCalls}`,
    )
  }
  if (closedMs !== undefined && measures.opens > 0) {
    check(
      measures.closedMs !== undefined && measures.closedMs <= closedMs,
      `closed after ${measures.closedMs} ms, expected within ${closedMs} ms`,
    )
  }
  check(
    (measures.reachedSinceBurst ?? 0) <= reachedSinceBurst,
    `${measures.reachedSinceBurst} calls reached the dead dependency since the burst, at most ${reachedSinceBurst}`,
  )
  const maxWhileOpen = reachedWhileOpenEach * environments
  check(
    measures.reachedWhileOpen <= maxWhileOpen,
    `${measures.reachedWhileOpen} calls reached the dead dependency while the circuit was open, at most ${maxWhileOpen}`,
  )
  check(
    (measures.healthyGoodput ?? 1) >= healthyGoodput,
    `a share of ${measures.healthyGoodput?.toFixed(3)} answered well with a healthy dependency, at least ${healthyGoodput}`,
  )
  return unmet
}
