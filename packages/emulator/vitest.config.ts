import { sharedProcess } from '../../vitest.config.ts'

export default sharedProcess()
