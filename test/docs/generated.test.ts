import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../src/imports.ts'
import { generated } from './generated.ts'

it('what code makes of the documentation is up to date; otherwise: npm run docs', async () => {
  for (const [file, text] of await generated()) {
    const path = join(root, file)
    expect(existsSync(path) ? readFileSync(path, 'utf8') : undefined, file).toBe(text)
  }
})
