import { describe, expect, it } from 'vitest'
import { peers, sizeOf } from '../bench/bundling.ts'

/** Size of what these imports add to a bundle, minified and gzipped, without the SDK and the engine. */
const size = (...statements: string[]) => sizeOf(statements.join('\n'), peers)

const circuit = "export { Circuit } from '@breakwater/circuit'"
/** The parts that any store is made of, the fleet's part of the circuit included. */
const sharing = "export { invalid, noReport, SharedStore, waitAtMost } from '@breakwater/circuit/shared'"
const dynamodb = "export { DynamoDbStore } from '@breakwater/dynamodb'"
const middy = "export { circuitBreaker } from '@breakwater/middy'"

describe('bundle size, min+gzip', () => {
  it('a circuit is at most 9,100 bytes', async () => {
    expect(await size(circuit)).toBeLessThanOrEqual(9_100)
  })

  it('sharing its state adds at most 4 kB, whatever the store', async () => {
    expect((await size(circuit, sharing)) - (await size(circuit))).toBeLessThanOrEqual(4 * 1024)
  })

  it('the store and the middleware are at most 8 kB more, without the SDK and the engines', async () => {
    const engine = await size(circuit, sharing)
    expect((await size(circuit, sharing, dynamodb, middy)) - engine).toBeLessThanOrEqual(8 * 1024)
  })

  it('a handler that uses all of it carries at most 19,100 bytes', async () => {
    expect(await size(circuit, dynamodb, middy)).toBeLessThanOrEqual(19_100)
  })

  it('retry adds at most 1 kB to that, and brings none of the other guards along', async () => {
    const retry = "export { retry } from '@breakwater/guards'"
    expect(
      (await size(circuit, dynamodb, middy, retry)) - (await size(circuit, dynamodb, middy)),
    ).toBeLessThanOrEqual(1_024)
  })
})
