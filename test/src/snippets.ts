import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './imports.ts'

/** A TypeScript file that a page leads its reader to write. */
export interface Snippet {
  /** Relative to a folder of the page's own: `orders.ts`, or `line-12.ts` where the page gives no name. */
  readonly file: string
  readonly code: string
}

/** The first line of a block that goes on with the file of the block above. */
const continued = '// in the same file'

/** Every page of the documentation, relative to the root. */
export const pages: readonly string[] = globSync(
  [
    '*.md',
    'docs/*.md',
    'docs/guides/*.md',
    '{packages,functions}/*/README.md',
    '{infra,statemachines}/README.md',
  ],
  { cwd: root },
)
  .map(page => page.replaceAll('\\', '/'))
  .sort()

/**
 * The files that a reader of a page has in the end. A block is a file: named by a comment in its first line, such as
 * `// orders.ts`, if other blocks import it. One that begins with `// in the same file` is added to the one above it.
 *
 * @throws Error naming the page and the line of a block that continues nothing, or names a file for the second time.
 */
export function snippetsOf(page: string, text = readFileSync(join(root, page), 'utf8')): Snippet[] {
  const files = new Map<string, string>()
  let last: string | undefined
  for (const match of text.matchAll(/^```ts\n(.*?)^```/gms)) {
    const code = match[1]!
    const line = text.slice(0, match.index).split('\n').length
    const [first = ''] = code.split('\n', 1)
    if (first.startsWith(continued)) {
      if (last === undefined) throw new Error(`${page}:${line} continues a file, and none is above it`)
      files.set(last, `${files.get(last)}\n${code}`)
      continue
    }
    last = /^\/\/ ([\w/.-]+\.ts)\b/.exec(first)?.[1] ?? `line-${line}.ts`
    if (files.has(last)) throw new Error(`${page}:${line} is ${last} for the second time`)
    files.set(last, code)
  }
  return Array.from(files, ([file, code]) => ({ file, code }))
}
