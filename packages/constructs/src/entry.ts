import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

/** Packages of ours whose function a construct bundles. */
export type FunctionPackage = 'circuit-gate' | 'recycle-trigger' | 'recycle-planner' | 'recycle-executor'

/** Where the code of a function begins; it is resolved and bundled, and never imported here. */
export function entryOf(name: FunctionPackage): URL {
  return pathToFileURL(createRequire(import.meta.url).resolve(`@breakwater/${name}`))
}
