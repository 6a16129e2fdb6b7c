import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, type Workspace, workspaces } from '../src/imports.ts'

/** All packages that are published: every one of packages/ and functions/ that is not private. */
export const published: readonly Workspace[] = workspaces().filter(
  ({ folder, manifest }) => /^(packages|functions)\//.test(folder) && !manifest.private,
)

/** Those with entry points that users import. Functions are bundled, and imported by nothing. */
export const imported = published.filter(({ folder }) => folder.startsWith('packages/'))

/** Every specifier that users may import, as `@breakwater/circuit/testing`. */
export const specifiers = imported.flatMap(({ manifest }) =>
  Object.keys(manifest.exports!).map(path => manifest.name + path.slice(1)),
)

let folder: string | undefined

/** A folder with the unpacked tarball of each published package, by its name without the scope; made once. */
export function unpacked(): string {
  if (folder) return folder
  folder = mkdtempSync(join(tmpdir(), 'breakwater-packed-'))
  process.once('exit', () => rmSync(folder!, { recursive: true, force: true }))
  const tarballs = join(folder, 'tarballs')
  mkdirSync(tarballs)
  const where = published.flatMap(one => ['-w', one.folder])
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', tarballs, ...where], {
    cwd: root,
    shell: process.platform === 'win32',
  })
  for (const name of readdirSync(tarballs)) {
    const into = join(folder, name.replace(/^breakwater-|-\d+\.\d+\.\d+.*\.tgz$/g, ''))
    mkdirSync(into)
    execFileSync('tar', ['-xzf', join(tarballs, name), '-C', into, '--strip-components=1'])
  }
  return folder
}
