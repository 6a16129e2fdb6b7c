/** A field of a protobuf message: its number, and its varint or bytes. Other types are skipped. */
type Field = readonly [number: number, value: number | Uint8Array]

const retryInfo = 'google.rpc.RetryInfo'

/** The wait in a `google.rpc.Status`, as in the trailer `grpc-status-details-bin`, in ms. Its details are `Any` messages. */
export function retryDelayInStatus(status: Uint8Array): number | undefined {
  for (const any of bytesOf(fieldsOf(status), 3)) {
    const fields = fieldsOf(any)
    const [type] = bytesOf(fields, 1)
    const [value] = bytesOf(fields, 2)
    if (type && value && new TextDecoder().decode(type).endsWith(`/${retryInfo}`)) return retryDelayIn(value)
  }
  return undefined
}

/**
 * The wait in an error detail, in ms: of Connect (`type`, `value`), or as google-gax and others give it decoded
 * (`@type`, `retryDelay`).
 */
export function retryDelayInDetail(detail: unknown): number | undefined {
  const { type, value, retryDelay } = (detail ?? {}) as Readonly<Record<string, unknown>>
  if (type === retryInfo && value instanceof Uint8Array) return retryDelayIn(value)
  if (typeof retryDelay === 'string') return millisecondsOf(/^(\d+(?:\.\d+)?)s$/.exec(retryDelay)?.[1], 0)
  const { seconds = 0, nanos = 0 } = (retryDelay ?? {}) as Readonly<Record<string, unknown>>
  return retryDelay ? millisecondsOf(seconds, nanos) : undefined
}

/** The wait in a `google.rpc.RetryInfo`, whose only field is a `google.protobuf.Duration`. */
function retryDelayIn(message: Uint8Array): number | undefined {
  const [duration] = bytesOf(fieldsOf(message), 1)
  if (!duration) return undefined
  const { 1: seconds = 0, 2: nanos = 0 } = Object.fromEntries(fieldsOf(duration))
  return millisecondsOf(seconds, nanos)
}

/** Seconds may be of the class Long, or text. */
function millisecondsOf(seconds: unknown, nanos: unknown): number | undefined {
  const ms = Math.ceil(Number(String(seconds)) * 1_000 + Number(nanos) / 1e6)
  return ms > 0 && Number.isSafeInteger(ms) ? ms : undefined
}

function bytesOf(fields: readonly Field[], wanted: number): Uint8Array[] {
  return fields.flatMap(([number, value]) =>
    number === wanted && value instanceof Uint8Array ? [value] : [],
  )
}

/** The fields of a message up to the first that cannot be read. */
function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = []
  let at = 0
  function varint(): number {
    let value = 0
    for (let scale = 1; at < message.length; scale *= 128) {
      const byte = message[at++]!
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    return Number.NaN
  }
  while (at < message.length) {
    const key = varint()
    const [number, wireType] = [Math.floor(key / 8), key % 8]
    if (wireType === 0) fields.push([number, varint()])
    else if (wireType === 2) {
      const length = varint()
      if (!(at + length <= message.length)) break
      fields.push([number, message.subarray(at, at + length)])
      at += length
    } else if (wireType === 1) at += 8
    else if (wireType === 5) at += 4
    else break
  }
  return fields
}
