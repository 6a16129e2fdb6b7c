import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root, workspaces } from '../src/imports.ts'
import { llms, llmsFull } from './llms.ts'

const readme = `# Thing

It does something.

## Use it

| [\`@breakwater/one\`](packages/one) | the first |

## More

- [Guide: do it](docs/guides/it.md): how
- [Terms](docs/terms.md): words
`
const files: Record<string, string> = {
  'README.md': readme,
  'docs/guides/it.md':
    '# Do it\n\n<!-- a begin -->\nSee [terms](../terms.md#one), [site](https://a.b), [below](#x).\n<!-- a end -->\n',
  'docs/terms.md': '# Terms\n',
  'packages/one/README.md': '# One\n',
}
const read = (file: string) => files[file]!

it('llms.txt has the name, the summary, and a link to each page with what it is about', () => {
  const text = llms(read)
  expect(text).toMatch(/^# Thing\n\n> It does something\.\n/)
  expect(text).toContain('## Guides\n\n- [Guide: do it](docs/guides/it.md): how\n')
  expect(text).toContain('## Packages\n\n- [@breakwater/one](packages/one/README.md): the first\n')
  expect(text).toContain('## Reference\n\n- [Terms](docs/terms.md): words\n')
})

it('llms-full.txt has all pages, with links from the root and without markers', () => {
  const text = llmsFull(read)
  expect([...text.matchAll(/^<!-- (.*) -->$/gm)].map(([, path]) => path)).toEqual(Object.keys(files))
  expect(text).toContain('See [terms](docs/terms.md#one), [site](https://a.b), [below](#x).')
})

it('every published package is in llms.txt, and every link in it leads somewhere', () => {
  const text = llms()
  const published = workspaces().filter(
    ({ folder, manifest }) => folder.startsWith('packages/') && !manifest.private,
  )
  expect(published.filter(({ manifest }) => !text.includes(`[${manifest.name}]`))).toEqual([])
  const paths = Array.from(text.matchAll(/\]\((?!https?:)([^)]+)\)/g), ([, path]) => path!)
  expect(paths.filter(path => !path.startsWith('llms') && !existsSync(join(root, path)))).toEqual([])
})
