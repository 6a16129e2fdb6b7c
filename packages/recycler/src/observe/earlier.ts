import type { Move } from '../model.ts'

const keptMs = 86_400_000
/** More than enough to tell, to some minutes, since when somebody has not heard of any of them. */
const mostKept = 32

/** The times of the moves before a new one, and nothing older than a day. */
export function earlierMoves(
  { earlier = [], movedAt }: Pick<Move, 'earlier' | 'movedAt'>,
  now: number,
): readonly number[] {
  const times = [...earlier, movedAt].filter(at => at >= now - keptMs)
  if (times.length <= mostKept) return times
  // The one that its neighbours stand for best; the first and the last stay.
  const gap = (index: number) => times[index + 1]! - times[index - 1]!
  let least = 1
  for (let index = 2; index < times.length - 1; index++) if (gap(index) < gap(least)) least = index
  return times.toSpliced(least, 1)
}
