import { configDefaults, defineConfig, type ViteUserConfig } from 'vitest/config'

// Workspaces resolve each other to their TypeScript sources, so tests need no build.
const source = '@breakwater/source'
// Not 'module': Node itself resolves the SDK here, and the SDK's ES modules are for bundlers only.
const conditions = [source, 'node', 'development|production']

const shared: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: [source, 'node'] } },
  test: {
    include: ['**/*.test.ts'],
    // Not a bound on time, but on hangs: all packages are tested at once, on as few as two cores.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What the CDK's own rules say of a test's stack is read by no test; infra/ is checked by them.
    env: { CDK_VALIDATION: 'false' },
    exclude: [...configDefaults.exclude, '**/dist/**'],
    // The JSON report is what .ci/totals.mjs sums up; turbo keeps it with the cached run.
    reporters: ['default', 'json'],
    outputFile: { json: '.reports/vitest.json' },
    coverage: { provider: 'v8', include: ['src/**/*.ts'], exclude: ['src/**/*.{test,bench,fixture}.ts'] },
  },
})
export default shared

/**
 * The configuration of a package whose test files share one process, so that what they import is loaded once: half of
 * the time of many small files is that. Files named here have a process of their own: those that look at what a module
 * does when it is first loaded, or at what is left in memory.
 */
export function sharedProcess(...alone: string[]): ViteUserConfig {
  const test = { ...shared.test, isolate: false }
  if (alone.length === 0) return { ...shared, test }
  const exclude = [...(test.exclude ?? []), ...alone]
  return {
    ...shared,
    test: {
      ...shared.test,
      projects: [
        { ...shared, extends: false, test: { ...test, exclude, name: 'shared' } },
        { ...shared, extends: false, test: { ...shared.test, include: alone, name: 'alone' } },
      ],
    },
  }
}
