import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readManifest, root, workspaces } from './imports.ts'
import { pages } from './snippets.ts'

const folders = new Map(workspaces().map(({ folder, manifest }) => [manifest.name, folder]))

/** What a page gives its reader to type: code between backticks, and blocks of a shell. */
function codeOf(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8')
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block]) => block!.split('\n'))
  const spans = [...text.replaceAll(/^```.*?^```/gms, '').matchAll(/`([^`\n]+)`/g)].map(([, span]) => span!)
  return [...blocks, ...spans].filter(code => /\bnp[mx] /.test(code))
}

/** What is wrong with a command, or undefined. */
function faultOf(command: string, page: string): string | undefined {
  const [, workspace] = /\bnpm .*-w (\S+)/.exec(command) ?? []
  const folder = workspace === undefined ? '.' : folders.get(workspace)
  if (folder === undefined) return `there is no workspace ${workspace}`
  const [, script] = /\bnpm run (?:-s )?([\w:-]+)/.exec(command) ?? []
  const scripts = Object.keys(readManifest(folder).scripts ?? {})
  if (script !== undefined && !scripts.includes(script)) return `there is no script ${script}`
  const [, files] = /\bnpx vitest run (\S+)/.exec(command) ?? []
  if (files === undefined) return undefined
  // In the folder of the page, or in test/ where it says so.
  const places = [dirname(page), 'test']
  const found = places.some(place =>
    globSync('**/*.test.ts', { cwd: join(root, place), exclude: ['**/node_modules/**'] }).some(file =>
      file.replaceAll('\\', '/').includes(files),
    ),
  )
  return found ? undefined : `no test file has ${files} in its path`
}

describe('commands of the documentation', () => {
  it('name scripts, workspaces and test files that there are', () => {
    const faults = pages.flatMap(page =>
      codeOf(page).flatMap(command => {
        const fault = faultOf(command, page)
        return fault === undefined ? [] : [`${page}: ${command}: ${fault}`]
      }),
    )
    expect(faults).toEqual([])
  })

  it('would be found out', () => {
    expect(faultOf('npm run nothing -- --all', 'README.md')).toBe('there is no script nothing')
    expect(faultOf('npm test -w @breakwater/none', 'README.md')).toBe(
      'there is no workspace @breakwater/none',
    )
    expect(faultOf('npx vitest run src/none', 'packages/circuit/README.md')).toContain('src/none')
    expect(faultOf('npx vitest run src/window', 'packages/circuit/README.md')).toBeUndefined()
  })
})
