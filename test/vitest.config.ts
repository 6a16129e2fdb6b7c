import { configDefaults } from 'vitest/config'
import shared from '../vitest.config.ts'

/** All that may run beside other tests: two files at a time, since some use all cores by themselves. */
export default {
  ...shared,
  test: {
    ...shared.test,
    exclude: [...configDefaults.exclude, '**/dist/**', 'end-to-end/**'],
    maxWorkers: 2,
    isolate: false,
  },
}
