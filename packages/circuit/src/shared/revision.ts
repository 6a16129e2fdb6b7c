/** Enough for 500 years of a write a second, until revisions are no exact numbers any more. */
const maxStep = 2 ** 20

/**
 * The revision that a write over `revision` gets. Its step is random, so that a revision stands for one history: where a
 * table is restored from a backup, or two Regions write at once, the same number of writes leads to another revision, and
 * a write that was computed from the lost history is refused. For stores of your own.
 *
 * @param revision the revision that the write replaces, 0 for none.
 * @param random answers 0 to 1. @default Math.random
 * @returns a larger revision.
 * @example
 * const next = nextRevision(stored.revision)
 */
export function nextRevision(revision: number, random: () => number = Math.random): number {
  return revision + 1 + Math.floor(random() * maxStep)
}
