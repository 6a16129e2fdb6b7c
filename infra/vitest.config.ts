import shared from '../vitest.config.ts'

export default { ...shared, test: { ...shared.test, env: {} } }
