import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from '../src/imports.ts'
import { tier } from '../tier.ts'
import { published, unpacked } from './packed.fixture.ts'

/** Packages of others that the entry points of ours load: their peers and, as no registry is asked, their dependencies. */
export const peers = [
  '@aws-lambda-powertools/logger',
  '@aws-lambda-powertools/metrics',
  '@aws-sdk/client-dynamodb',
  '@aws-sdk/client-ecs',
  '@aws-sdk/client-secrets-manager',
  '@aws-sdk/client-sfn',
  '@aws-sdk/client-ssm',
  'aws-cdk-lib',
  'constructs',
  '@smithy/signature-v4',
  'dynalite',
  'esbuild',
  'jsonata',
  'velocityjs',
]

export interface ProjectOptions {
  readonly type?: 'module' | 'commonjs'
  /** Packages of others that the project has installed; they are linked from the checkout. */
  readonly installed?: readonly string[]
  /** Sources, by path. */
  readonly files?: Readonly<Record<string, string>>
}

export interface Outcome {
  readonly code: number
  readonly stdout: string
  /** All of it, that of standard error last. */
  readonly output: string
}

/**
 * The Node that runs the tests and, in the long tier, the lowest that the packages support, where the install has brought
 * it; by what it is.
 */
export const nodes: readonly (readonly [string, string])[] = Object.entries({
  current: process.execPath,
  lowest: tier === 'long' ? lowestNode() : undefined,
}).filter((one): one is [string, string] => one[1] !== undefined)

function lowestNode(): string | undefined {
  const path = join(root, 'scripts/lowest-node/node_modules/.bin/node')
  return existsSync(path) ? path : undefined
}

/** An empty project outside the checkout, with all of ours installed from their tarballs. */
export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), 'breakwater-project-'))

  constructor({ type = 'module', installed = [], files = {} }: ProjectOptions = {}) {
    for (const { manifest } of published) {
      const name = manifest.name.replace('@breakwater/', '')
      cpSync(join(unpacked(), name), this.path('node_modules', manifest.name), { recursive: true })
    }
    for (const name of installed) this.link(name)
    this.write({ 'package.json': JSON.stringify({ name: 'project', version: '1.0.0', type }), ...files })
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts)
  }

  /** Installs a package of the checkout; `as` under another name. */
  link(name: string, as = name): void {
    const target = this.path('node_modules', as)
    mkdirSync(dirname(target), { recursive: true })
    if (existsSync(target)) return
    symlinkSync(join(root, 'node_modules', name), target, 'junction')
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(this.path(path)), { recursive: true })
      writeFileSync(this.path(path), text)
    }
  }

  /** Runs a program in the project, with none of the settings that the test runner has set for its own children. */
  run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    const { NODE_OPTIONS: _, VITEST: __, NODE_ENV: ___, ...clean } = process.env
    const options = { cwd: this.folder, env: { ...clean, ...env }, maxBuffer: 64 * 1024 * 1024 }
    return new Promise(resolve => {
      execFile(command, [...args], options, (error, stdout, stderr) => {
        // Not all of it: the trace of an error shows the line of a bundle that is one line.
        const output = `${stdout}${stderr}`.replaceAll(/^.{2000}.*$/gm, line => `${line.slice(0, 200)}…`)
        resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, output })
      })
    })
  }

  node(args: readonly string[], node: string = process.execPath): Promise<Outcome> {
    return this.run(node, args)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
