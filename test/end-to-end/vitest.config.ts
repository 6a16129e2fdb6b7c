import shared from '../../vitest.config.ts'

/** Real processes under real load, alone on the machine: an outage and a compiler beside it would measure each other. */
export default {
  ...shared,
  test: {
    ...shared.test,
    root: import.meta.dirname,
    // The outage, which is judged, in one process; what else there is in another.
    maxWorkers: 2,
    outputFile: { json: '../.reports/end-to-end.json' },
  },
}
