/** Something that happens at a time. Cancelled by `Engine.cancel`. */
export interface Task {
  readonly at: number
  readonly order: number
  run: (() => void) | undefined
}

/**
 * Virtual time. Tasks run in the order of their times, and of their making where times are equal; after each one
 * everything that waits for no time runs to its end. So a run depends on its seed only.
 *
 * @example
 * const engine = new Engine()
 * engine.after(50, () => console.log(engine.now))
 * await engine.run(engine.now + 1_000)
 */
export class Engine {
  /** True time, epoch ms, with fractions. Environments see their own, see `Environment`. */
  now: number
  /** Tasks that have run: a step's number names a moment of a run. */
  steps = 0
  #order = 0
  #heap: Task[] = []

  constructor(startMs = 1_800_000_000_000) {
    this.now = startMs
  }

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

  after(ms: number, run: () => void): Task {
    return this.at(this.now + ms, run)
  }

  cancel(task: Task): void {
    task.run = undefined
  }

  /** Runs until a time, `afterEach` task once more when all it set off has settled. */
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

/** Resolves when every promise and tick that can go on without time has done so. */
function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
