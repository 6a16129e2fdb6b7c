import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const here = fileURLToPath(new URL('.', import.meta.url))
const cache = fileURLToPath(new URL('../../.cache/', import.meta.url))

/** The SDK is there already in Lambda's Node, and is loaded from node_modules here. */
const sdk = ['@aws-sdk/*', '@smithy/*']
/** Packages that users are expected to have. */
export const peers = [...sdk, '@middy/core', '@aws-lambda-powertools/*', 'cockatiel']

// Bundled CommonJS dependencies call require, which an ES module does not have.
const banner = `import { createRequire as __createRequire } from 'node:module'
const require = __createRequire(import.meta.url)`

/** Bundles what a module with these statements needs into one ES module, minified, as it would be deployed. */
export async function bundle(contents: string, external: readonly string[] = sdk): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: here },
    conditions: ['@breakwater/source'],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    external: [...external],
    logLevel: 'silent',
  })
  return outputFiles[0]!.contents
}

/** The size of what a module with these statements needs, minified and gzipped, in bytes. */
export async function sizeOf(contents: string, external?: readonly string[]): Promise<number> {
  return gzipSync(await bundle(contents, external), { level: 9 }).length
}

/**
 * Bundles modules into files of a new directory and lets them be used there. It lies within the repository, so that
 * what is left out of a bundle is found in node_modules.
 */
export async function withBundles<T>(
  modules: Readonly<Record<string, string>>,
  use: (files: Readonly<Record<string, string>>) => Promise<T>,
  external?: readonly string[],
): Promise<T> {
  mkdirSync(cache, { recursive: true })
  const directory = mkdtempSync(`${cache}bench-`)
  try {
    const files: Record<string, string> = {}
    for (const [name, contents] of Object.entries(modules)) {
      files[name] = `${directory}/${Object.keys(files).length}.mjs`
      writeFileSync(files[name], `${banner}\n${Buffer.from(await bundle(contents, external))}`)
    }
    return await use(files)
  } finally {
    rmSync(directory, { recursive: true })
  }
}
