import { fileURLToPath } from 'node:url'
import { build, stop } from 'esbuild'

// Bundled CommonJS dependencies call require, which an ES module does not have.
const banner = `import { createRequire as __createRequire } from 'node:module'
const require = __createRequire(import.meta.url)`

/**
 * Bundles a function into one ES module, as it would be deployed, and returns the source. Nothing is
 * written to disk, so nothing can be left there.
 */
export async function bundle(entry: URL): Promise<string> {
  try {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(entry)],
      bundle: true,
      write: false,
      platform: 'node',
      format: 'esm',
      target: 'node22',
      conditions: ['@breakwater/source'],
      mainFields: ['module', 'main'],
      banner: { js: banner },
      logLevel: 'silent',
    })
    const [output] = outputFiles
    if (!output) throw new Error(`esbuild made nothing of ${entry}`)
    return output.text
  } finally {
    // esbuild keeps a child process for the next build; there is none.
    await stop()
  }
}
