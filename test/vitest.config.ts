import shared from '../vitest.config.ts'

// One file after the other: an outage under load and a compiler beside it would measure each other.
export default { ...shared, test: { ...shared.test, fileParallelism: false } }
