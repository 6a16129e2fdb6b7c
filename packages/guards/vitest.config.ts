import { sharedProcess } from '../../vitest.config.ts'

export default sharedProcess('src/leaks.test.ts')
