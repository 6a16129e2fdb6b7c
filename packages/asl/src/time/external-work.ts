import { type AsyncHook, AsyncLocalStorage, createHook } from 'node:async_hooks'

/** A task that is running. */
export interface RunningTask {
  /** Number of its timers on the virtual clock. */
  timers: number
  /** Called when it begins external work. */
  readonly onExternalWork: () => void
}

/** Node's names of sockets, files, threads and timers: resources that virtual time cannot end. */
const externalResources =
  /WRAP$|^HTTP|^FSREQ|^FILEHANDLE|REQUEST$|^DNS|^ZLIB$|^WORKER$|^MESSAGEPORT$|^Timeout$|^SIGNAL/

const tasks = new AsyncLocalStorage<RunningTask>()
let running = 0
let hook: AsyncHook | undefined

/** The task whose code is running now. */
export function currentTask(): RunningTask | undefined {
  return tasks.getStore()
}

/** Runs a task, and calls its `onExternalWork` when it opens a socket, a file, a thread or a timer of Node. */
export async function trackTask<T>(task: RunningTask, run: () => T): Promise<Awaited<T>> {
  hook ??= createHook({
    init(_, type) {
      if (externalResources.test(type)) tasks.getStore()?.onExternalWork()
    },
  })
  if (running++ === 0) hook.enable()
  try {
    return await tasks.run(task, run)
  } finally {
    if (--running === 0) hook.disable()
  }
}
