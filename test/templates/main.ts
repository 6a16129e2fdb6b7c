// npm run templates: writes the templates of docs/templates.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../src/imports.ts'
import { folder, templates } from './templates.ts'

for (const [name, text] of Object.entries(templates())) {
  const path = join(root, folder, name)
  let before = ''
  try {
    before = readFileSync(path, 'utf8')
  } catch {
    // It is new.
  }
  if (text !== before) {
    writeFileSync(path, text)
    console.log(`${before ? 'changed' : 'new'} ${folder}/${name}`)
  }
}
