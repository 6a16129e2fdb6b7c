import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { bundle } from './bundle.ts'
import { startEnvironment } from './environment.ts'

const folder = mkdtempSync(join(tmpdir(), 'breakwater-bundle-'))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, text: string): URL {
  writeFileSync(join(folder, name), text)
  return pathToFileURL(join(folder, name))
}

test('makes one module of TypeScript, CommonJS and all, that an environment can load', async () => {
  write('old.cjs', `exports.old = require('node:path').posix.sep`)
  write('part.ts', `export const part: string = 'part'`)
  const entry = write(
    'handler.ts',
    `import { old } from './old.cjs'
    import { part } from './part.ts'
    const late = await Promise.resolve('late')
    export const handler = async () => [part, old, late]`,
  )
  const source = await bundle(entry)
  rmSync(folder, { recursive: true })
  const environment = await startEnvironment({ id: 'env-1', source, functionName: 'test' })
  expect(await environment.invoke('{}')).toEqual({ kind: 'answered', value: '["part","/","late"]' })
  await environment.stop()
})

test('says what is wrong with the source', async () => {
  await expect(bundle(new URL('missing.ts', pathToFileURL(`${folder}/`)))).rejects.toThrow('missing.ts')
})
