import { join } from 'node:path'
import { root, workspaces } from '../src/imports.ts'

/** A published entry point: what users import by one specifier. */
export interface Entry {
  /** As users import it, without the scope: `circuit/testing`. */
  readonly name: string
  /** Folder of its package. */
  readonly folder: string
  /** Its declarations, as `npm run build` emits them. */
  readonly declarations: string
  /** Name of its report, without the ending. */
  readonly report: string
}

/** Every entry point of every published package. Functions that are deployed export handlers only, which is no surface. */
export function publishedEntries(): Entry[] {
  return workspaces()
    .filter(({ folder, manifest }) => folder.startsWith('packages/') && !manifest.private)
    .flatMap(({ folder, manifest }) =>
      Object.entries(manifest.exports ?? {}).map(([path, entry]) => {
        const name = manifest.name.replace('@breakwater/', '') + path.slice(1)
        return {
          name,
          folder: join(root, folder),
          declarations: join(root, folder, entry.import!.types!),
          report: name.replaceAll('/', '.'),
        }
      }),
    )
}
