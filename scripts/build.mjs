// Builds what is published: ES modules by the compiler, into dist/, then the same as CommonJS in dist/cjs/, each with
// types of its own. What a deleted source left in dist/ goes, so that it is neither converted nor packed.
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

const folders = ['packages', 'functions'].flatMap(parent =>
  readdirSync(join(root, parent)).map(name => join(root, parent, name)),
)
/** The packages that have an entry for `require`. */
const inBothFormats = folders.filter(folder => {
  try {
    const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return Object.values(exports ?? {}).some(entry => entry.require)
  } catch {
    return false
  }
})

for (const folder of folders) removeStale(folder)
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
const { status } = spawnSync(process.execPath, [tsc, '--build'], { cwd: root, stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)
for (const folder of inBothFormats) await toCommonJs(folder)

/** Deletes all in dist that the compiler would not write today: its files with no source, and maps. */
function removeStale(folder) {
  const dist = join(folder, 'dist')
  if (!existsSync(dist)) return
  for (const file of filesIn(dist)) {
    const name = relative(dist, file)
    const source = join(folder, 'src', name.replace(/\.(d\.ts|js)$/, '.ts'))
    if (name !== '.tsbuildinfo' && !(source.endsWith('.ts') && existsSync(source))) rmSync(file)
  }
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(file => file.isFile())
    .map(file => join(file.parentPath, file.name))
}

/** Writes dist/cjs anew from the modules and types in dist. */
async function toCommonJs(folder) {
  const dist = join(folder, 'dist')
  const out = join(dist, 'cjs')
  rmSync(out, { recursive: true, force: true })
  // A program is started, never required.
  const { bin = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const programs = Object.values(bin).map(path => join(folder, path))
  const files = filesIn(dist).filter(
    file => /\.(d\.ts|js)$/.test(file) && !programs.includes(file.replace(/\.d\.ts$/, '.js')),
  )
  const modules = files.filter(file => file.endsWith('.js'))
  const asksForItsAddress = modules.filter(file => readFileSync(file, 'utf8').includes('import.meta.url'))
  const plain = { outdir: out, outbase: dist, format: 'cjs', platform: 'node', target: 'node20' }
  await build({ ...plain, entryPoints: modules.filter(file => !asksForItsAddress.includes(file)) })
  await build({
    ...plain,
    entryPoints: asksForItsAddress,
    define: { 'import.meta.url': '__moduleUrl' },
    banner: {
      js: `"use strict";\nconst __moduleUrl = require('node:url').pathToFileURL(__filename).href;`,
    },
  })
  for (const file of files.filter(file => file.endsWith('.d.ts'))) {
    const copy = join(out, relative(dist, file))
    mkdirSync(dirname(copy), { recursive: true })
    copyFileSync(file, copy)
  }
  // The nearest package.json says what the files are, and to bundlers that none is loaded for its effects alone.
  writeFileSync(join(out, 'package.json'), '{ "type": "commonjs", "sideEffects": false }\n')
}
