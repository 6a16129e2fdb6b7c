/**
 * Works on items side by side, but one after the other within a lane, and always on the earliest item whose lane is free.
 *
 * @param laneOf the lane of an item; undefined for an item that waits for no other.
 * @param concurrency how many items are worked on at once.
 * @param work must not reject.
 */
export async function inLanes<T>(
  items: readonly T[],
  laneOf: (item: T) => string | undefined,
  concurrency: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const lanes = new Map<string | number, number[]>()
  for (const [index, item] of items.entries()) {
    const name = laneOf(item) ?? index
    const lane = lanes.get(name)
    if (lane) lane.push(index)
    else lanes.set(name, [index])
  }
  // Free lanes with items, by the first of these.
  const free = [...lanes.values()]
  // A worker that finds no free lane may go: each of the others frees one lane at a time, and takes the next item itself.
  const worker = async () => {
    for (let lane = free.shift(); lane; lane = free.shift()) {
      const index = lane.shift()!
      await work(items[index]!, index)
      if (lane.length > 0) {
        const later = free.findIndex(other => other[0]! > lane![0]!)
        free.splice(later < 0 ? free.length : later, 0, lane)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, free.length) }, worker))
}
