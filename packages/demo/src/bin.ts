#!/usr/bin/env node
import { main } from './main.ts'

const controller = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // The second time somebody means it.
    if (controller.signal.aborted) process.exit(1)
    controller.abort(name)
  })
}
// npm passes a SIGTERM to its shell, and that dies of it without passing it on: being left alone is the signal then.
if (process.env.npm_lifecycle_event) {
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && controller.abort('orphaned'), 250).unref()
}
// Whoever read our output has gone away (`npm start | head`): so do we.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    controller.abort('EPIPE')
  })
}

process.exitCode = await main(process.argv.slice(2), process, controller.signal)
