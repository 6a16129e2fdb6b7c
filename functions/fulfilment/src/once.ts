/** The maximum number of answers kept; the oldest are dropped. */
const maxAnswers = 1_000

/**
 * Does work once for each key. A repeated request gets the answer from memory, also while the work is being done. Work
 * that fails is done again. This holds within one environment only: a charge that must be made once in the world needs
 * the key at the provider.
 *
 * @example
 * const once = remember<Receipt>()
 * await once('charge/order-1', () => charge(order))
 */
export function remember<T>(): (key: string, work: () => Promise<T>) => Promise<T> {
  const answers = new Map<string, Promise<T>>()
  return (key, work) => {
    const remembered = answers.get(key)
    if (remembered) return remembered
    const answer = work()
    answers.set(key, answer)
    if (answers.size > maxAnswers) answers.delete(answers.keys().next().value!)
    answer.catch(() => answers.get(key) === answer && answers.delete(key))
    return answer
  }
}
