/**
 * Does something with each of the items, at most so many at a time. When one fails, no other is begun, and its error is
 * thrown once those under way have ended: nothing goes on behind the caller's back.
 *
 * @returns the answers in the order of the items.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const answers: R[] = new Array(items.length)
  let next = 0
  let failure: { readonly error: unknown } | undefined
  const worker = async () => {
    while (next < items.length && !failure) {
      const index = next++
      try {
        answers[index] = await work(items[index]!)
      } catch (error) {
        failure ??= { error }
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker))
  if (failure) throw failure.error
  return answers
}
