import { execFile } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { root } from './imports.ts'
import { pages, snippetsOf } from './snippets.ts'

const folder = join(root, 'test/.cache/snippets')

const settings = {
  extends: '../../../tsconfig.base.json',
  compilerOptions: {
    composite: false,
    incremental: false,
    noEmit: true,
    declaration: false,
    sourceMap: false,
    inlineSources: false,
    rootDir: '../../..',
  },
  // What packages of others without types are declared as, for the sources of ours that import them.
  include: ['**/*.ts', '../../../packages/*/src/**/*.d.ts'],
}

describe('documentation', () => {
  it('has snippets that compile as they stand, or as a part of the file above them', {
    timeout: 60_000,
  }, async () => {
    rmSync(folder, { recursive: true, force: true })
    let count = 0
    for (const page of pages) {
      const own = join(folder, page.replaceAll('/', '.'))
      for (const { file, code } of snippetsOf(page)) {
        mkdirSync(own, { recursive: true })
        // Without a declaration that leaves the file, all of them would share one scope.
        writeFileSync(join(own, file), `${code}\nexport {}\n`)
        count++
      }
    }
    expect(count).toBeGreaterThan(30)
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const errors = await promisify(execFile)(process.execPath, [tsc, '-p', folder, '--pretty', 'false']).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    )
    expect(errors).toBe('')
  })

  it('links to files and headings that exist', () => {
    const broken = pages.flatMap(page =>
      [...readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)]
        .filter(([, path, heading]) => !leadsTo(page, path!, heading))
        .map(([link]) => `${page}: ${link}`),
    )
    expect(broken).toEqual([])
  })
})

function leadsTo(page: string, path: string, heading: string | undefined): boolean {
  const target = path === '' ? join(root, page) : fileURLToPath(new URL(path, `file://${join(root, page)}`))
  if (globSync(target).length === 0) return false
  if (heading === undefined) return true
  const file = target.endsWith('.md') ? target : join(target, 'README.md')
  return anchorsOf(readFileSync(file, 'utf8')).includes(heading)
}

/** The anchors that GitHub gives the headings of a page. */
function anchorsOf(text: string): string[] {
  return Array.from(text.replaceAll(/^```.*?^```/gms, '').matchAll(/^#+ (.*)$/gm), ([, title]) =>
    title!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
describe('a page', () => {
  const block = (code: string) => `\`\`\`ts\n${code}\n\`\`\`\n`

  it('has a file a block, named by its first line', () => {
    const text = `# Title\n${block('const a = 1')}${block('// orders.ts\nexport const b = 2')}`
    expect(snippetsOf('page', text)).toEqual([
      { file: 'line-2.ts', code: 'const a = 1\n' },
      { file: 'orders.ts', code: '// orders.ts\nexport const b = 2\n' },
    ])
  })

  it('goes on with the file above where a block says so', () => {
    const text = block('const a = 1') + block('// in the same file\nconst b = a')
    expect(snippetsOf('page', text)).toEqual([
      { file: 'line-1.ts', code: 'const a = 1\n\n// in the same file\nconst b = a\n' },
    ])
  })

  it('is refused where nothing is above, or two blocks are the same file', () => {
    expect(() => snippetsOf('page', block('// in the same file'))).toThrow('page:1 continues a file')
    expect(() => snippetsOf('page', block('// a.ts') + block('// a.ts'))).toThrow('page:4 is a.ts')
  })
})
