import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

/** The functions of the recycler, by the last part of their packages' names. */
export type FunctionName = 'trigger' | 'planner' | 'executor'

/** Where the code of a function begins; it is resolved and bundled, and never imported here. */
export function entryOf(name: FunctionName): URL {
  return pathToFileURL(createRequire(import.meta.url).resolve(`@breakwater/recycle-${name}`))
}
