import { describe, expect, it } from 'vitest'
import { peers, sizeOf } from '../bench/bundling.ts'
import { maxBytes, parts } from '../bench/parts.ts'

/** Size of what these imports add to a bundle, minified and gzipped, without the SDK and the engine. */
const size = (...statements: string[]) => sizeOf(statements.join('\n'), peers)
const { circuit, sharing, dynamodb, middy } = parts

describe('bundle size, min+gzip', () => {
  it(`a circuit is at most ${maxBytes.circuit} bytes`, async () => {
    expect(await size(circuit)).toBeLessThanOrEqual(maxBytes.circuit)
  })

  it(`sharing its state adds at most ${maxBytes.sharing} bytes, whatever the store`, async () => {
    expect((await size(circuit, sharing)) - (await size(circuit))).toBeLessThanOrEqual(maxBytes.sharing)
  })

  it(`the store and the middleware are at most ${maxBytes.storeAndMiddleware} bytes more`, async () => {
    const engine = await size(circuit, sharing)
    const all = await size(circuit, sharing, dynamodb, middy)
    expect(all - engine).toBeLessThanOrEqual(maxBytes.storeAndMiddleware)
  })

  it(`a handler that uses all of it carries at most ${maxBytes.handler} bytes`, async () => {
    expect(await size(circuit, dynamodb, middy)).toBeLessThanOrEqual(maxBytes.handler)
  })

  it(`retry adds at most ${maxBytes.retry} bytes to that, and brings none of the other guards along`, async () => {
    const retry = "export { retry } from '@breakwater/guards'"
    const without = await size(circuit, dynamodb, middy)
    expect((await size(circuit, dynamodb, middy, retry)) - without).toBeLessThanOrEqual(maxBytes.retry)
  })
})
