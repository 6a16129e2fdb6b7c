import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root, workspaces } from '../src/imports.ts'

interface LockedPackage {
  readonly license?: string
  readonly link?: boolean
  readonly resolved?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  packages: Readonly<Record<string, LockedPackage>>
}
const simulator = '@cloud-copilot/iam-simulate'
const ours = workspaces()

/** The folder that `name` is loaded from by the package in `folder`. */
function folderOf(name: string, folder: string): string | undefined {
  for (let from = folder; ; from = from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/')))) {
    const candidate = [from, 'node_modules', name].filter(Boolean).join('/')
    const found = packages[candidate]
    if (found) return found.link ? found.resolved : candidate
    if (from === '') return undefined
    if (!from.includes('/node_modules/')) from = ''
  }
}

/** All that comes with a package when it is installed, peers included. */
function installedWith(folder: string): ReadonlySet<string> {
  const reached = new Set<string>()
  const waiting = [folder]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (reached.has(next)) continue
    reached.add(next)
    const { dependencies, optionalDependencies, peerDependencies } = packages[next]!
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const found = folderOf(name, next)
      if (found !== undefined) waiting.push(found)
    }
  }
  return reached
}

/** Where there is a choice of licences, one without the GPL will do. */
function isCopyleft(licence: string): boolean {
  return licence.split(' OR ').every(one => one.includes('GPL'))
}

it.each(ours.filter(({ manifest }) => !manifest.private))(
  'nothing under the GPL or AGPL comes with $manifest.name',
  ({ folder }) => {
    const all = [...installedWith(folder)]
    expect(all).toContain(folder)
    expect(all.filter(one => isCopyleft(packages[one]!.license ?? ''))).toEqual([])
  },
)

it('the policy simulator, which is under the AGPL, is a development dependency of the tests alone', () => {
  expect(packages[`node_modules/${simulator}`]).toMatchObject({
    license: expect.stringContaining('AGPL'),
    dev: true,
  })
  const users = ours.filter(({ manifest }) => JSON.stringify(manifest).includes('@cloud-copilot/'))
  expect(users.map(({ folder }) => folder)).toEqual(['test'])
  expect(users[0]!.manifest).toMatchObject({ private: true, devDependencies: { [simulator]: '0.1.173' } })
})
