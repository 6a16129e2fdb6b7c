// npm run docs: writes the parts of the documentation that are made by code.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../src/imports.ts'
import { generated } from './generated.ts'

for (const [file, text] of await generated()) {
  writeFileSync(join(root, file), text)
  console.log(file)
}
