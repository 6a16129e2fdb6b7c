import { configDefaults, defineConfig } from 'vitest/config'

// Workspaces resolve each other to their TypeScript sources, so tests need no build.
const source = '@breakwater/source'
// Not 'module': Node itself resolves the SDK here, and the SDK's ES modules are for bundlers only.
const conditions = [source, 'node', 'development|production']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: [source, 'node'] } },
  test: {
    include: ['**/*.test.ts'],
    // Not a bound on time, but on hangs: all packages are tested at once, on as few as two cores.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    exclude: [...configDefaults.exclude, '**/dist/**'],
    // The JSON report is what .ci/totals.mjs sums up; turbo keeps it with the cached run.
    reporters: ['default', 'json'],
    outputFile: { json: '.reports/vitest.json' },
    coverage: { provider: 'v8', include: ['src/**/*.ts'], exclude: ['src/**/*.{test,bench,fixture}.ts'] },
  },
})
