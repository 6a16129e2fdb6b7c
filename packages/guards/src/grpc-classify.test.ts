// Errors in the shapes in which the clients of gRPC throw them.
import { CallTimeoutError, type Outcome, type Verdict } from '@breakwater/circuit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classifyGrpc } from './grpc-classify.ts'

const judge = (error: unknown) => classifyGrpc({ ok: false, error })
const outcomeOf = (verdict: Verdict) => (typeof verdict === 'string' ? verdict : verdict.outcome)

/** The codes of https://github.com/grpc/grpc/blob/master/doc/statuscodes.md, and what each says of the service. */
const codes: readonly (readonly [name: string, outcome: Outcome])[] = [
  ['OK', 'success'],
  ['CANCELLED', 'ignored'],
  ['UNKNOWN', 'failure'],
  ['INVALID_ARGUMENT', 'success'],
  ['DEADLINE_EXCEEDED', 'failure'],
  ['NOT_FOUND', 'success'],
  ['ALREADY_EXISTS', 'success'],
  ['PERMISSION_DENIED', 'success'],
  ['RESOURCE_EXHAUSTED', 'failure'],
  ['FAILED_PRECONDITION', 'success'],
  ['ABORTED', 'success'],
  ['OUT_OF_RANGE', 'success'],
  ['UNIMPLEMENTED', 'success'],
  ['INTERNAL', 'failure'],
  ['UNAVAILABLE', 'failure'],
  ['DATA_LOSS', 'failure'],
  ['UNAUTHENTICATED', 'success'],
]
const unavailable = 14

/** The metadata of grpc-js: every value in a list, those of `-bin` as Buffers. */
function metadataOf(values: Readonly<Record<string, string | Buffer>>) {
  return { get: (name: string) => (name in values ? [values[name]] : []), getMap: () => values }
}

/** The error of a call of @grpc/grpc-js. */
function serviceError(code: number, details = 'x', trailers: Readonly<Record<string, string | Buffer>> = {}) {
  const error = new Error(`${code} ${codes[code]?.[0]}: ${details}`)
  return Object.assign(error, { code, details, metadata: metadataOf(trailers) })
}

/** The error of a call of Connect, whose own details are bytes. */
function connectError(code: number | string, headers = {}, details: readonly object[] = []) {
  return Object.assign(new Error('[x] y'), {
    name: 'ConnectError',
    rawMessage: 'y',
    code,
    metadata: new Headers(headers),
    details,
  })
}

describe('classifyGrpc', () => {
  it.each(codes.map(([name, outcome], code) => [code, name, outcome] as const))(
    'judges %i %s, in every spelling, as %s',
    (code, name, outcome) => {
      const lower = name.toLowerCase()
      const upper = lower.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())
      const errors = [
        serviceError(code),
        connectError(code),
        connectError(lower),
        Object.assign(new Error('x'), { code: name, meta: {} }),
        Object.assign(new Error('x'), { code: upper }),
        { code: String(code) },
        new Error('wrapped', { cause: new Error('twice', { cause: serviceError(code) }) }),
      ]
      expect(errors.map(judge).map(outcomeOf)).toEqual(Array(errors.length).fill(outcome))
    },
  )

  it('knows that Connect spells canceled otherwise', () => {
    expect(judge(connectError('canceled'))).toBe('ignored')
  })

  it('ignores messages that the client itself refuses', () => {
    const refused = [
      serviceError(13, 'Request message serialization failure: x is not a function'),
      serviceError(8, 'Attempted to send message with a size larger than 4194304'),
      serviceError(8, 'Received message larger than max (5000000 vs 4194304)'),
      serviceError(8, 'Received message that decompresses to a size larger than 4194304'),
    ]
    expect(refused.map(judge)).toEqual(Array(4).fill('ignored'))
  })

  it('leaves an error without a code to classify', () => {
    const others = [
      new CallTimeoutError('a', 5),
      Object.assign(new Error('x'), { code: 'ECONNRESET' }),
      Object.assign(new Error('x'), { code: 17 }),
      Object.assign(new Error('x'), { code: 1.5 }),
      Object.assign(new Error('x'), { code: {} }),
      undefined,
      'text',
    ]
    expect(others.map(judge).map(outcomeOf)).toEqual(Array(others.length).fill('failure'))
    expect(judge({ status: 404 })).toBe('success')
  })

  it('takes every value for a success: a message may have any field', () => {
    for (const value of [{ status: 503, headers: {} }, { code: unavailable }, undefined])
      expect(classifyGrpc({ ok: true, value })).toBe('success')
  })

  it('comes to an end with errors that cause each other', () => {
    const one = new Error('one')
    one.cause = new Error('other', { cause: one })
    expect(outcomeOf(judge(one))).toBe('failure')
  })
})

/** Fields of protobuf: `[number, varint or bytes]`. */
function message(...fields: readonly (readonly [number, number | Uint8Array | string])[]): Buffer {
  const varint = (value: number): number[] =>
    value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
  return Buffer.concat(
    fields.map(([number, value]) => {
      if (typeof value === 'number') return Buffer.from([...varint(number * 8), ...varint(value)])
      const bytes = Buffer.from(value as Uint8Array)
      return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes])
    }),
  )
}

const retryInfo = (seconds: number, nanos = 0) => message([1, message([1, seconds], [2, nanos])])
const any = (type: string, value: Uint8Array) => message([1, `type.googleapis.com/${type}`], [2, value])
const status = (...details: readonly Uint8Array[]) =>
  message([1, unavailable], [2, 'down'], ...details.map(detail => [3, detail] as const))

describe('the wait that a gRPC service asks for', () => {
  const info = any('google.rpc.RetryInfo', retryInfo(3, 500_000_000))
  const details = status(any('google.rpc.ErrorInfo', message([1, 'DOWN'])), info)

  it.each<[where: string, error: unknown, retryAfterMs: number]>([
    ['grpc-retry-pushback-ms', serviceError(unavailable, 'x', { 'grpc-retry-pushback-ms': '1500' }), 1_500],
    ['that of Connect', connectError(unavailable, { 'grpc-retry-pushback-ms': '1500' }), 1_500],
    [
      'that of a client with plain metadata',
      { code: 'UNAVAILABLE', meta: { 'grpc-retry-pushback-ms': '70' } },
      70,
    ],
    ['RetryInfo in the trailer', serviceError(8, 'x', { 'grpc-status-details-bin': details }), 3_500],
    [
      'RetryInfo in the details of Connect',
      connectError(8, {}, [
        { type: 'google.rpc.DebugInfo', value: new Uint8Array(3) },
        { type: 'google.rpc.RetryInfo', value: retryInfo(200) },
      ]),
      200_000,
    ],
    [
      'RetryInfo that google-gax decoded',
      { code: 8, statusDetails: [{ reason: 'x' }, { retryDelay: { seconds: '2', nanos: 1 } }] },
      2_001,
    ],
    ['RetryInfo in JSON', { code: 8, details: [{ retryDelay: '1.5s' }] }, 1_500],
    ['Retry-After of a proxy', serviceError(unavailable, 'x', { 'retry-after': '7' }), 7_000],
  ])('is read from %s', (_, error, retryAfterMs) => {
    expect(judge(error)).toEqual({ outcome: 'failure', retryAfterMs })
  })

  it.each<[what: string, error: unknown]>([
    ['a negative pushback: not to retry', serviceError(unavailable, 'x', { 'grpc-retry-pushback-ms': '-1' })],
    ['other details', serviceError(8, 'x', { 'grpc-status-details-bin': status(message([1, 'x'])) })],
    [
      'a delay of nothing',
      serviceError(8, 'x', { 'grpc-status-details-bin': status(any('google.rpc.RetryInfo', message())) }),
    ],
    [
      'metadata that cannot be read',
      {
        code: 14,
        metadata: {
          get: () => {
            throw new Error('closed')
          },
        },
      },
    ],
  ])('is none for %s', (_, error) => {
    expect(judge(error)).toBe('failure')
  })

  it('is finite or none, and the verdict a failure, whatever the bytes are', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      // One byte of good ones is another.
      fc.tuple(fc.nat(details.length - 1), fc.nat(255)).map(([at, byte]) => details.with(at, byte)),
      fc.nat(details.length).map(end => details.subarray(0, end)),
    )
    fc.assert(
      fc.property(bytes, trailer => {
        const verdict = judge(serviceError(8, 'x', { 'grpc-status-details-bin': Buffer.from(trailer) }))
        expect(outcomeOf(verdict)).toBe('failure')
        if (typeof verdict !== 'string') expect(Number.isSafeInteger(verdict.retryAfterMs)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})
