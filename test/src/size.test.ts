import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

/** Size of what these imports add to a bundle, minified and gzipped, without the SDK and the engine. */
async function size(...statements: string[]): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: statements.join('\n'), resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    conditions: ['@breakwater/source'],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    external: ['@aws-sdk/*', '@smithy/*', '@middy/core', '@aws-lambda-powertools/*'],
  })
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length
}

const circuit = "export { Circuit } from '@breakwater/circuit'"
const dynamodb = "export { DynamoDbStore } from '@breakwater/dynamodb'"
const middy = "export { circuitBreaker } from '@breakwater/middy'"

describe('bundle size, min+gzip', () => {
  it('a circuit is at most 5 kB', async () => {
    expect(await size(circuit)).toBeLessThanOrEqual(5 * 1024)
  })

  it('sharing it through DynamoDB and guarding handlers with it adds at most 8 kB', async () => {
    expect((await size(circuit, dynamodb, middy)) - (await size(circuit))).toBeLessThanOrEqual(8 * 1024)
  })
})
