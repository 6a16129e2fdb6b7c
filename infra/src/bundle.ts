import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

// Bundled CommonJS dependencies call require, which an ES module does not have.
const banner = `import { createRequire as __createRequire } from 'node:module'
const require = __createRequire(import.meta.url)`

/**
 * Bundles a function into `index.mjs` of a folder of its own, which is there as long as `use` runs. The AWS SDK is left
 * out: it is part of Lambda's runtime.
 *
 * @param entry the function's source, or its package's entry.
 * @example
 * withBundle(new URL(import.meta.resolve('@breakwater/orders')), folder => Code.fromAsset(folder))
 */
export function withBundle<T>(entry: URL, use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-bundle-'))
  try {
    buildSync({
      entryPoints: [fileURLToPath(entry)],
      outfile: join(folder, 'index.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      conditions: ['@breakwater/source'],
      mainFields: ['module', 'main'],
      external: ['@aws-sdk/*', '@smithy/*'],
      banner: { js: banner },
      // The comments that name source files would name the folder of whoever synthesises.
      minifyWhitespace: true,
      minifySyntax: true,
      logLevel: 'silent',
    })
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
