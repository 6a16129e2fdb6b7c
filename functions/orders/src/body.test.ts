import { describe, expect, it } from 'vitest'
import { readJson } from './body.ts'

const plain = (body: string | null) => readJson({ body, isBase64Encoded: false })
const base64 = (body: string | Buffer) =>
  readJson({ body: Buffer.from(body).toString('base64'), isBase64Encoded: true })

describe('readJson', () => {
  it('reads a body as it is and in base64', () => {
    expect(plain('{"name":"Zoë"}')).toEqual({ value: { name: 'Zoë' } })
    expect(base64('{"name":"Zoë"}')).toEqual({ value: { name: 'Zoë' } })
  })

  it('says that a body is missing', () => {
    expect(plain(null)).toEqual({ problem: 'must be JSON; it is empty' })
    expect(plain('')).toEqual({ problem: 'must be JSON; it is empty' })
  })

  it.each(['{', 'order', '{"a":1}{', "{'a':1}", 'undefined'])('refuses %s', body => {
    expect(plain(body)).toEqual({ problem: 'must be JSON in UTF-8' })
  })

  it('refuses bytes that are no text', () => {
    expect(base64(Buffer.from([0x22, 0xff, 0x22]))).toEqual({ problem: 'must be JSON in UTF-8' })
  })

  it('counts bytes, not characters', () => {
    const problem = 'must be at most 16384 bytes long'
    expect(plain(JSON.stringify('x'.repeat(16_382)))).toEqual({ value: 'x'.repeat(16_382) })
    expect(plain(JSON.stringify('x'.repeat(16_383)))).toEqual({ problem })
    expect(base64(JSON.stringify('é'.repeat(8_192)))).toEqual({ problem })
  })
})
