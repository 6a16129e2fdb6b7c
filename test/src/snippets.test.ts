import { execFile } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const pages = globSync(['*.md', 'docs/*.md', 'docs/guides/*.md', '{packages,functions}/*/README.md'], {
  cwd: root,
}).sort()

/** Every TypeScript snippet of a page, as `page:line`. */
function snippets(page: string): { name: string; code: string }[] {
  const text = readFileSync(`${root}${page}`, 'utf8')
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(match => {
    const line = text.slice(0, match.index).split('\n').length
    return { name: `${page.replaceAll('/', '.')}.${line}`, code: match[1]! }
  })
}

describe('documentation', () => {
  it('has snippets that compile as they stand', { timeout: 60_000 }, async () => {
    const folder = `${root}test/.cache/snippets/`
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    const all = pages.flatMap(snippets)
    expect(all.length).toBeGreaterThan(8)
    for (const { name, code } of all) writeFileSync(`${folder}${name}.ts`, `${code}\nexport {}\n`)
    const config = {
      extends: '../../../tsconfig.base.json',
      compilerOptions: {
        composite: false,
        incremental: false,
        noEmit: true,
        declaration: false,
        sourceMap: false,
        inlineSources: false,
        rootDir: '../../..',
        lib: ['es2024', 'dom'],
      },
      include: ['*.ts', '../../snippets/ambient.d.ts'],
    }
    writeFileSync(`${folder}tsconfig.json`, JSON.stringify(config))
    const tsc = `${root}node_modules/typescript/bin/tsc`
    const errors = await promisify(execFile)(process.execPath, [tsc, '-p', folder, '--pretty', 'false']).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    )
    expect(errors).toBe('')
  })

  it('links to files that exist', () => {
    const broken = pages.flatMap(page => {
      const base = new URL(page, `file://${root}`)
      const text = readFileSync(`${root}${page}`, 'utf8')
      return [...text.matchAll(/\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)/g)]
        .map(match => match[1]!)
        .filter(link => globSync(fileURLToPath(new URL(link, base))).length === 0)
        .map(link => `${page}: ${link}`)
    })
    expect(broken).toEqual([])
  })
})
