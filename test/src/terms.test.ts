import { globSync } from 'node:fs'
import { expect, it } from 'vitest'
import { root } from './imports.ts'
import { unlinkedTerms } from './terms.ts'

it.each(globSync('docs/guides/*.md', { cwd: root }).map(page => page.replaceAll('\\', '/')))(
  '%s links each term where it is first used',
  page => {
    expect(unlinkedTerms(page)).toEqual([])
  },
)
