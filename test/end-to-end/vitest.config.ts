import shared from '../../vitest.config.ts'

/** Real processes under real load, alone on the machine: an outage and a compiler beside it would measure each other. */
export default {
  ...shared,
  test: {
    ...shared.test,
    root: import.meta.dirname,
    fileParallelism: false,
    outputFile: { json: '../.reports/end-to-end.json' },
  },
}
