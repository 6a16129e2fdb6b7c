import { type AsyncHook, AsyncLocalStorage, createHook } from 'node:async_hooks'

/** A task that is running. */
export interface RunningTask {
  /** Its timers on the virtual clock. */
  timers: number
  /** Told when it begins something that only the machine can end. */
  readonly onExternalWork: () => void
}

/** What Node calls its sockets, files, threads and timers. */
const externalResources =
  /WRAP$|^HTTP|^FSREQ|^FILEHANDLE|REQUEST$|^DNS|^ZLIB$|^WORKER$|^MESSAGEPORT$|^Timeout$|^SIGNAL/

const tasks = new AsyncLocalStorage<RunningTask>()
let running = 0
let hook: AsyncHook | undefined

/** The task whose code is running now. */
export function currentTask(): RunningTask | undefined {
  return tasks.getStore()
}

/**
 * Runs a task and tells of it when it begins to work outside of this process's memory: time that is not real must not
 * pass meanwhile.
 */
export async function trackTask<T>(call: RunningTask, task: () => T): Promise<Awaited<T>> {
  hook ??= createHook({
    init(_, type) {
      const call = externalResources.test(type) && tasks.getStore()
      if (call) call.onExternalWork()
    },
  })
  if (running++ === 0) hook.enable()
  try {
    return await tasks.run(call, task)
  } finally {
    if (--running === 0) hook.disable()
  }
}
