import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkPackage, Package } from '@arethetypeswrong/core'
import { describe, expect, it } from 'vitest'
import { tier } from '../tier.ts'
import { imported, unpacked } from './packed.fixture.ts'

/** A package as it is packed, without writing it to a registry's tarball again. */
function asPackage(name: string, version: string): Package {
  const folder = join(unpacked(), name.replace('@breakwater/', ''))
  const files: Record<string, Uint8Array> = {}
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue
    const path = join(file.parentPath, file.name)
    files[`/node_modules/${name}${path.slice(folder.length).replaceAll('\\', '/')}`] = readFileSync(path)
  }
  return new Package(files, name, version)
}

describe.runIf(tier === 'long')('are the types wrong?', () => {
  it.each(imported)('not those of $manifest.name', async ({ manifest: { name, version } }) => {
    const result = await checkPackage(asPackage(name, version as string))
    if (!result.types) throw new Error('no types')
    // Subpaths cannot be found by the resolution of Node 10, which knows no exports.
    const problems = result.problems.filter(
      problem => !('resolutionKind' in problem && problem.resolutionKind === 'node10'),
    )
    expect(problems).toEqual([])
  })
})
