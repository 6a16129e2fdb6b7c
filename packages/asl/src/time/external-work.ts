import { type AsyncHook, AsyncLocalStorage, createHook } from 'node:async_hooks'

/** A task that is running. */
export interface Call {
  /** Its timers on the virtual clock. */
  timers: number
  /** Told when it begins something that only the machine can end. */
  readonly outside: () => void
}

/** What Node calls its sockets, files, threads and timers. */
const machinery =
  /WRAP$|^HTTP|^FSREQ|^FILEHANDLE|REQUEST$|^DNS|^ZLIB$|^WORKER$|^MESSAGEPORT$|^Timeout$|^SIGNAL/

const calls = new AsyncLocalStorage<Call>()
let running = 0
let hook: AsyncHook | undefined

/** The task whose code is running now. */
export function currentCall(): Call | undefined {
  return calls.getStore()
}

/**
 * Runs a task and tells of it when it begins to work outside of this process's memory: time that is not real must not
 * pass meanwhile.
 */
export async function watched<T>(call: Call, task: () => T): Promise<Awaited<T>> {
  hook ??= createHook({
    init(_, type) {
      const call = machinery.test(type) && calls.getStore()
      if (call) call.outside()
    },
  })
  if (running++ === 0) hook.enable()
  try {
    return await calls.run(call, task)
  } finally {
    if (--running === 0) hook.disable()
  }
}
