#!/usr/bin/env node
import { main } from './main.ts'

const controller = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // The second signal ends the process at once.
    if (controller.signal.aborted) process.exit(1)
    controller.abort(name)
  })
}
// npm passes a SIGTERM to its shell, which ends without passing it on: losing the parent process is the signal then.
if (process.env.npm_lifecycle_event) {
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && controller.abort('orphaned'), 250).unref()
}
// The reader of our output has ended (`npm start | head`).
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    controller.abort('EPIPE')
  })
}

process.exitCode = await main(process.argv.slice(2), process, controller.signal)
