import { readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { root } from '../src/imports.ts'

/** A page of the documentation, by its path, with what README says of it. */
interface Page {
  readonly path: string
  readonly title: string
  readonly about: string
}

type Read = (file: string) => string

const fromRoot: Read = file => readFileSync(join(root, file), 'utf8')

/** The text of a section of README, below its heading. */
function section(readme: string, heading: string): string {
  const [, text] = readme.split(`\n## ${heading}\n`)
  if (text === undefined) throw new Error(`README has no section "${heading}"`)
  return text.split('\n## ')[0]!
}

const links = (text: string, pattern: RegExp): Page[] =>
  Array.from(text.matchAll(pattern), ([, title, path, about]) => ({
    title: title!,
    path: path!,
    about: about!,
  }))

/** Published packages, in README's table of them. */
function packagesOf(readme: string): Page[] {
  return links(section(readme, 'Use it'), /^\| \[`(@breakwater\/[\w-]+)`\]\(([\w/-]+)\) \| (.*) \|$/gm).map(
    page => ({
      ...page,
      path: `${page.path}/README.md`,
    }),
  )
}

const guidesOf = (readme: string) =>
  links(section(readme, 'More'), /^- \[([^\]]+)\]\(([\w/.-]+\.md)\): (.*)$/gm)

/** An index of the documentation for language models, as https://llmstxt.org describes it. */
export function llms(read: Read = fromRoot): string {
  const readme = read('README.md')
  const [, name, summary] = /^# (.*)\n\n(.*)\n/.exec(readme) ?? []
  const list = (pages: readonly Page[]) =>
    pages.map(({ title, path, about }) => `- [${title}](${path}): ${about}`).join('\n')
  const guides = guidesOf(readme)
  const isGuide = ({ path }: Page) => path.startsWith('docs/guides/')
  return `# ${name}

> ${summary}

All of it in one file: [llms-full.txt](llms-full.txt). Begin with [README.md](README.md).

## Guides

${list(guides.filter(isGuide))}

## Packages

${list(packagesOf(readme))}

## Reference

${list(guides.filter(page => !isGuide(page)))}

## Optional

- [API reports](docs/api): every published declaration of each entry, a file an entry
- [Contributing](CONTRIBUTING.md): layout, rules, tests
`
}

/** All pages of {@link llms} in one text, README first, links relative to the root. */
export function llmsFull(read: Read = fromRoot): string {
  const readme = read('README.md')
  const paths = ['README.md', ...[...guidesOf(readme), ...packagesOf(readme)].map(({ path }) => path)]
  return paths
    .map(path => `<!-- ${path} -->\n\n${fromTheRoot(path, withoutMarkers(read(path))).trim()}\n`)
    .join('\n')
}

const withoutMarkers = (text: string) => text.replaceAll(/^<!-- .* (?:begin|end) -->\n/gm, '')

function fromTheRoot(page: string, text: string): string {
  return text.replaceAll(
    /\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)/g,
    (_, path: string, anchor = '') => `](${posix.join(dirname(page), path)}${anchor})`,
  )
}
