import type { Played } from './scenario.ts'

/** Not more than so many in a second. */
const maxPerSecond = 2

/**
 * What must hold whatever went wrong.
 *
 * @returns what does not, in a sentence each
 */
export function broken({ world, services, unfinished }: Played): readonly string[] {
  const { updates } = world
  const problems: string[] = []

  for (const { arn, canBeRecycled } of services) {
    if (!canBeRecycled) continue
    for (const reference of new Set(world.staleTasks(arn))) problems.push(`${arn} holds an old ${reference}`)
  }

  const times = updates.map(({ at }) => at).sort((a, b) => a - b)
  for (let index = maxPerSecond; index < times.length; index++) {
    const spanMs = times[index]! - times[index - maxPerSecond]!
    if (spanMs < 1_000) problems.push(`${maxPerSecond + 1} calls of UpdateService within ${spanMs} ms`)
  }

  for (const { service, wasStale, exact, at } of updates) {
    // Where only the latest time is known at which it can have moved, one recycle too many is the safe side.
    if (!wasStale && exact) problems.push(`${service} was recycled at ${at} although it was fresh`)
  }
  for (const [key, same] of Map.groupBy(updates, ({ service, change }) => `${service} for ${change}`)) {
    // Once more only where it failed, and a person said so.
    for (const [index, { at }] of same.entries()) {
      const before = same[index - 1]?.at
      const asked = world.startsByHand.some(one => one > before! && one <= at)
      if (before !== undefined && !asked) problems.push(`${key} was recycled again at ${at}`)
    }
  }

  for (const { service, change, at, afterFailure } of updates) {
    // Updates that a wave had already begun may still be sent.
    if (afterFailure !== undefined && at - afterFailure > 60_000) {
      problems.push(`${service} was recycled for ${change} ${at - afterFailure} ms after that had failed`)
    }
  }
  problems.push(...world.falseAllClears)
  for (const change of world.wavesAfterFailure)
    problems.push(`a wave began for ${change} after one had failed`)

  const values = (world.calls.GetSecretValue ?? 0) + (world.calls.GetParameter ?? 0)
  if (values > 0) problems.push(`${values} values of secrets were read`)
  if (unfinished.length > 0) problems.push(`executions did not end: ${unfinished.join(', ')}`)
  return problems
}
