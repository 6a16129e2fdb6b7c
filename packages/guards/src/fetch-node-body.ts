import { finished, type Readable } from 'node:stream'
import type { BodyWatch } from './fetch-body.ts'

/**
 * Watches one of Node's streams, as node-fetch has them, from outside: the response's `json()` reads that very stream. Its
 * reader sees the end at once, and does not wait for the outcome to be written.
 */
export function watchNodeStream(stream: Readable, { end, silence, unread, over }: BodyWatch): void {
  const { _read: read, push } = stream
  // Readable calls `_read` when its reader could take more, and `push` when more has come.
  stream._read = function (size) {
    silence.begin()
    read.call(this, size)
  }
  stream.push = function (...piece) {
    silence.end()
    return push.apply(this, piece)
  }
  const cut = () => {
    if (!silence.waiting) unread()
    stream.destroy(end.reason)
  }
  end.addEventListener('abort', cut)
  finished(stream, { writable: false }, () => {
    silence.end()
    end.removeEventListener('abort', cut)
    // Without an error, its reader has destroyed it.
    void over(stream.errored ? { reason: stream.errored } : undefined)
  })
}
