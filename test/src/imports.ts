import { globSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** What an entry point is for those who import it, and for those who require it. */
export interface EntryPoint {
  readonly '@breakwater/source': string
  readonly import?: Readonly<Record<'types' | 'default', string>>
  readonly require?: Readonly<Record<'types' | 'default', string>>
  /** Of a function, which is bundled only. */
  readonly types?: string
  readonly default?: string
}

export interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly exports?: Readonly<Record<string, EntryPoint>>
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

export interface Workspace {
  /** Relative to the root, as `packages/circuit`. */
  readonly folder: string
  readonly manifest: Manifest
}

/** An import as it is written, and where. */
export interface Import {
  readonly file: string
  readonly specifier: string
  /** Whether the file is a test, a fixture, a benchmark or a configuration of the test runner. */
  readonly test: boolean
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(posix.join(root, folder, 'package.json'), 'utf8'))
}

export function workspaces(): Workspace[] {
  const patterns = readManifest('.').workspaces as string[]
  return globSync(
    patterns.map(pattern => `${pattern}/package.json`),
    { cwd: root },
  )
    .map(file => posix.dirname(file.replaceAll('\\', '/')))
    .sort()
    .map(folder => ({ folder, manifest: readManifest(folder) }))
}

const comment = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm
/** Statements stand at the beginning of a line, so that code in strings is not taken for one; calls stand anywhere. */
const statement = /^(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*'([^']+)'/gm
const call = /\bimport(?:\.meta\.resolve)?\(\s*'([^']+)'/g

/** The modules that a text imports or passes on, by whatever form of import. */
export function specifiersOf(text: string): string[] {
  const code = text.replaceAll(comment, '')
  return [statement, call].flatMap(form => Array.from(code.matchAll(form), match => match[1]!))
}

const isTest = (file: string) =>
  /\.(test|fixture|bench)\.ts$/.test(file) || file.endsWith('/vitest.config.ts') || file.startsWith('test/')

/** Every import of every source of a workspace. */
export function importsOf({ folder }: Workspace): Import[] {
  return globSync(`${folder}/**/*.ts`, { cwd: root, exclude: ['**/node_modules', '**/dist', '**/.*'] })
    .map(file => file.replaceAll('\\', '/'))
    .flatMap(file =>
      specifiersOf(readFileSync(posix.join(root, file), 'utf8')).map(specifier => ({
        file,
        specifier,
        test: isTest(file),
      })),
    )
}

/** The package of a bare specifier: `@aws-sdk/client-s3` of `@aws-sdk/client-s3/x`. Undefined for paths and Node's own. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:') || specifier.startsWith('#'))
    return undefined
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

/** The workspace that an import leads to, by name or by path; undefined for packages of others. */
export function targetOf(from: Import, all: readonly Workspace[]): Workspace | undefined {
  if (from.specifier.startsWith('.')) {
    const path = posix.join(posix.dirname(from.file), from.specifier)
    return all.find(({ folder }) => path.startsWith(`${folder}/`))
  }
  return all.find(({ manifest }) => manifest.name === packageOf(from.specifier))
}
