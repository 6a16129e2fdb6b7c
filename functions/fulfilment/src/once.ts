/** Answers that are kept; the oldest are let go of. */
const most = 1_000

/**
 * Does work once for each key, and answers it again from memory, also to those who ask while it is being done. Work that
 * fails is done again. Good for one environment only: what must happen once in the world needs the key at its far end.
 *
 * @example
 * const once = remember<Receipt>()
 * await once('charge/order-1', () => charge(order))
 */
export function remember<T>(): (key: string, work: () => Promise<T>) => Promise<T> {
  const answers = new Map<string, Promise<T>>()
  return (key, work) => {
    const known = answers.get(key)
    if (known) return known
    const answer = work()
    answers.set(key, answer)
    if (answers.size > most) answers.delete(answers.keys().next().value!)
    answer.catch(() => answers.get(key) === answer && answers.delete(key))
    return answer
  }
}
