import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { invalid } from '@breakwater/circuit/shared'
import { buildSync } from 'esbuild'

// Whoever runs this from its sources has the sources of its neighbours, and nobody else has.
const conditions = import.meta.url.endsWith('.ts') ? ['@breakwater/source'] : []

// Bundled CommonJS dependencies call require, which an ES module does not have.
const banner = `import { createRequire as __createRequire } from 'node:module'
const require = __createRequire(import.meta.url)`

/** How a function is bundled. */
export interface BundleOptions {
  /**
   * Whose AWS SDK the function runs with: `runtime` for the one that is part of Lambda's runtime, which makes a small
   * bundle; `bundled` for the one that is installed here, which knows what Lambda's may be too old for. @default 'runtime'
   */
  readonly sdk?: 'runtime' | 'bundled'
}

/**
 * Bundles a function into `index.mjs` of a folder of its own, which is there as long as `use` runs.
 *
 * @param entry the function's source, or its package's entry.
 * @param use makes something of the folder, such as an asset.
 * @returns what `use` returned.
 * @throws TypeError for a bad option.
 * @throws Error of esbuild where the source cannot be bundled.
 * @example
 * const code = withBundle(new URL(import.meta.resolve('@breakwater/orders')), folder => Code.fromAsset(folder))
 */
export function withBundle<T>(entry: URL, use: (folder: string) => T, options: BundleOptions = {}): T {
  const { sdk = 'runtime' } = options
  if (sdk !== 'runtime' && sdk !== 'bundled') throw invalid('sdk', sdk, "'runtime' or 'bundled'")
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-bundle-'))
  try {
    buildSync({
      entryPoints: [fileURLToPath(entry)],
      outfile: join(folder, 'index.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      conditions,
      mainFields: ['module', 'main'],
      external: sdk === 'runtime' ? ['@aws-sdk/*', '@smithy/*'] : [],
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
