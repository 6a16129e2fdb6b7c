import type { Comparison } from './comparison.ts'
import type { Field, Fields, Place } from './fields.ts'

/**
 * Paths with the comparisons of which each has to pass one, sorted by path: the service goes through them in this order,
 * and it decides which fields count as absent.
 */
export type SortedPaths = readonly (readonly [path: string, comparisons: readonly Comparison[]])[]

/** Up to each place, in the order of the document: how many fields there are, and how many of them match. */
interface Tally {
  readonly present: Uint32Array
  readonly matching: Uint32Array
}

/**
 * Whether every path has a value that passes, all of them in the same elements of the arrays they share. From the last
 * path to the first, so that the question "do the later paths match, beginning in this element" is answered once for an
 * element and path, and never by trying out combinations of elements: the work grows with the number of values.
 *
 * A value that a name with a dot puts beside an array of the same path does not count together with those in the array.
 */
export function fits(paths: SortedPaths, { root, byPath }: Fields): boolean {
  const tallies: Tally[] = []

  /** Paths that share an array stand in a row, so that of the elements chosen before only the innermost counts. */
  function laterFit(from: number, chosen: Place): boolean {
    let place = chosen
    for (let index = from; index < paths.length; index++) {
      const [path, comparisons] = paths[index]!
      place = placeFor(path, place)
      const { present, matching } = tallies[index]!
      if (within(present, place) > 0) return within(matching, place) > 0
      if (!comparisons.includes('absent')) return false
    }
    return true
  }

  for (let index = paths.length - 1; index >= 0; index--) {
    const [path, comparisons] = paths[index]!
    const tests = comparisons.filter(test => test !== 'absent')
    const matches = ({ value, place }: Field) => tests.some(test => test(value)) && laterFit(index + 1, place)
    tallies[index] = tallyOf(byPath.get(path) ?? [], root.last + 1, matches)
  }
  return laterFit(0, root)
}

function tallyOf(fields: readonly Field[], places: number, matches: (field: Field) => boolean): Tally {
  const present = new Uint32Array(places + 1)
  const matching = new Uint32Array(places + 1)
  for (const field of fields) {
    present[field.place.number + 1]! += 1
    if (matches(field)) matching[field.place.number + 1]! += 1
  }
  for (let place = 0; place < places; place++) {
    present[place + 1]! += present[place]!
    matching[place + 1]! += matching[place]!
  }
  return { present, matching }
}

function within(tally: Uint32Array, { number, last }: Place): number {
  return tally[last + 1]! - tally[number]!
}

/** The innermost place around (or at) a place that a path leads through. */
function placeFor(path: string, place: Place): Place {
  let at = place
  while (at.outer && !path.startsWith(`${at.path}.`)) at = at.outer
  return at
}
