import base from '../../vitest.config.ts'
import { config } from './config.ts'

export default {
  ...base,
  test: {
    ...base.test,
    include: [`${config.package}/src/**/*.test.ts`],
    setupFiles: ['test/mutate/repeatable.ts'],
    reporters: ['default'],
  },
}
