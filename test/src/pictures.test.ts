import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const root = new URL('../..', import.meta.url)
const pages = globSync('**/*.md', { cwd: root, exclude: ['**/node_modules', '**/dist', '**/cdk.out'] })

/** Words of Mermaid that are no names of nodes. */
const reserved = [
  'call',
  'class',
  'click',
  'default',
  'end',
  'graph',
  'href',
  'linkStyle',
  'style',
  'subgraph',
]

const pictures = pages.flatMap(page => {
  const text = readFileSync(new URL(page, root), 'utf8')
  return [...text.matchAll(/```mermaid\n(.*?)```/gs)].map(([, picture = '']) => ({ page, picture }))
})

// Nothing here draws them; these are the mistakes that were made, and drew a bomb where the README's picture should be.
describe('pictures', () => {
  it('are there', () => {
    expect(pictures.length).toBeGreaterThan(4)
  })

  it.each(pictures.filter(({ picture }) => picture.startsWith('flowchart')))(
    'of $page have no node that is called like a word of Mermaid',
    ({ picture }) => {
      const withoutTexts = picture.replace(/"[^"]*"/g, '')
      for (const line of withoutTexts.split('\n').filter(line => /--|-\.|\[|\{|\(/.test(line))) {
        const names = line.replace(/^\s*subgraph\b/, '').match(/\b[A-Za-z]\w*\b/g) ?? []
        expect([line, names.filter(name => reserved.includes(name))]).toEqual([line, []])
      }
    },
  )

  it.each(pictures.filter(({ picture }) => picture.startsWith('sequenceDiagram')))(
    'of $page have no semicolon, which ends a line there',
    ({ picture }) => {
      expect(picture).not.toContain(';')
    },
  )
})
