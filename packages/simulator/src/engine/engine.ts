/** A function that runs at a moment of virtual time. Cancelled by `Engine.cancel`. */
export interface Task {
  /** When, epoch ms. */
  readonly at: number
  /** Tasks of the same time run in this order. */
  readonly order: number
  /** Undefined once it is cancelled. */
  run: (() => void) | undefined
}

/**
 * Virtual time. Tasks run in the order of their times, and of their creation where times are equal. After each one all
 * promises and ticks that need no time settle. So a run depends on its seed only.
 *
 * @example
 * const engine = new Engine()
 * engine.after(50, () => console.log(engine.now))
 * await engine.run(engine.now + 1_000)
 */
export class Engine {
  /** Virtual time, epoch ms, with fractions. Environments have clocks of their own, which may be off. */
  now: number
  /** Number of tasks that have run; it identifies a moment of a run. */
  steps = 0
  #order = 0
  #heap: Task[] = []

  /** @param startMs epoch ms at which virtual time begins. */
  constructor(startMs = 1_800_000_000_000) {
    this.now = startMs
  }

  /** Runs a function at a time (epoch ms), or next if that is over. */
  at(time: number, run: () => void): Task {
    const task: Task = { at: Math.max(time, this.now), order: this.#order++, run }
    const heap = this.#heap
    let index = heap.push(task) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!before(task, heap[parent]!)) break
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = task
    return task
  }

  /** Runs a function after a number of ms. */
  after(ms: number, run: () => void): Task {
    return this.at(this.now + ms, run)
  }

  /** The task will not run; nothing happens if it has run. */
  cancel(task: Task): void {
    task.run = undefined
  }

  /**
   * Runs all tasks up to a time.
   *
   * @param until epoch ms.
   * @param afterEach called after each task, when all that the task started has settled.
   */
  async run(until: number, afterEach: () => void = () => {}): Promise<void> {
    await settled()
    for (let task = this.#take(until); task; task = this.#take(until)) {
      const { run } = task
      if (!run) continue
      this.now = task.at
      this.steps++
      run()
      await settled()
      afterEach()
    }
    this.now = until
  }

  #take(until: number): Task | undefined {
    const heap = this.#heap
    const first = heap[0]
    if (!first || first.at > until) return undefined
    const last = heap.pop()!
    if (last !== first) {
      let index = 0
      for (;;) {
        let child = 2 * index + 1
        if (child >= heap.length) break
        if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
        if (!before(heap[child]!, last)) break
        heap[index] = heap[child]!
        index = child
      }
      heap[index] = last
    }
    return first
  }
}

function before(a: Task, b: Task): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

/** Resolves when all promises and ticks that need no time have settled. */
function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
