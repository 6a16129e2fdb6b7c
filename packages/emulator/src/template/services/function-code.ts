import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { invalid } from '@breakwater/circuit/shared'
import { build, type Plugin, stop } from 'esbuild'
import { textOf } from '../resolve/intrinsics.ts'
import { objectOf } from '../resolve/template.ts'
import type { ResolvedResource } from '../types.ts'

/** A function's code as an environment takes it: one ES module. */
export interface FunctionCode {
  readonly source: string
  /** Name of the exported handler. */
  readonly handler: string
}

/** Where the SDK is found that Lambda's runtime would bring along. */
const here = dirname(fileURLToPath(import.meta.url))

// Bundled CommonJS dependencies call require, which an ES module does not have. The name is not the one of our own
// bundles, which come with such a line already.
const banner = `import { createRequire as __localRequire } from 'node:module'
const require = __localRequire(import.meta.url)`

/**
 * Makes one ES module of the code of each AWS::Lambda::Function: inline code, or an asset of the CDK. The AWS SDK, which
 * belongs to Lambda's runtime, is put in from this project.
 *
 * @param assets paths by object key
 * @throws TypeError naming the property that leads nowhere, or the function whose code cannot be bundled.
 */
export async function functionCodes(
  resources: readonly ResolvedResource[],
  assets: Readonly<Record<string, string>>,
): Promise<readonly FunctionCode[]> {
  const entries = resources.map(resource => entryOf(resource, assets))
  if (entries.length === 0) return []
  try {
    return await Promise.all(entries.map(bundled))
  } finally {
    // esbuild keeps a child process for the next build; there is none.
    await stop()
  }
}

interface Entry {
  readonly where: string
  readonly handler: string
  /** The file; or, for inline code, the text. */
  readonly path?: string
  readonly text?: string
}

function entryOf({ where, properties }: ResolvedResource, assets: Readonly<Record<string, string>>): Entry {
  const at = (name: string) => `${where}.Properties.${name}`
  const { Handler, Code, PackageType = 'Zip', Runtime } = properties
  if (PackageType !== 'Zip') throw invalid(at('PackageType'), PackageType, '"Zip"')
  if (typeof Runtime !== 'string' || !Runtime.startsWith('nodejs')) {
    throw invalid(at('Runtime'), Runtime, 'a version of Node: nodejs24.x')
  }
  const [, file, handler] = /^(.+)\.([A-Za-z_$][\w$]*)$/.exec(textOf(at('Handler'), Handler)) ?? []
  if (!file || !handler) throw invalid(at('Handler'), Handler, 'file.export, such as index.handler')

  const { ZipFile, S3Bucket, S3Key, ...others } = objectOf(at('Code'), Code)
  const [stray] = Object.keys(others)
  if (stray)
    throw invalid(at(`Code.${stray}`), others[stray], 'nothing: supported are ZipFile, S3Bucket, S3Key')
  if (ZipFile !== undefined) return { where, handler, text: textOf(at('Code.ZipFile'), ZipFile) }
  const key = textOf(at('Code.S3Key'), S3Key)
  const folder = Object.hasOwn(assets, key) ? assets[key]! : undefined
  if (folder === undefined) {
    throw invalid(at('Code.S3Key'), `${S3Bucket}/${key}`, 'the key of an asset that lies beside the template')
  }
  const path = ['.mjs', '.js', '.cjs'].map(extension => join(folder, file + extension)).find(existsSync)
  if (path === undefined) throw invalid(at('Handler'), Handler, 'a file .mjs, .js or .cjs of the asset')
  return { where, handler, path }
}

async function bundled({ where, handler, path = 'inline', text }: Entry): Promise<FunctionCode> {
  try {
    const { outputFiles } = await build({
      stdin: { contents: `export { ${handler} } from ${JSON.stringify(path)}`, resolveDir: here },
      bundle: true,
      write: false,
      platform: 'node',
      format: 'esm',
      target: 'node22',
      mainFields: ['module', 'main'],
      banner: { js: banner },
      logLevel: 'silent',
      plugins: [runtime(text)],
    })
    return { source: outputFiles[0]!.text, handler }
  } catch (error) {
    throw new TypeError(`${where}: its code cannot be bundled: ${(error as Error).message}`, { cause: error })
  }
}

/** The parts of Lambda's runtime beside the code: the SDK, and inline code as a file. */
function runtime(text: string | undefined): Plugin {
  const asIfHere = 'breakwater'
  return {
    name: 'lambda-runtime',
    setup({ onLoad, onResolve, resolve }) {
      onResolve({ filter: /^@(aws-sdk|smithy)\// }, ({ path, kind, resolveDir, pluginData }) => {
        if (pluginData === asIfHere || resolveDir.includes('node_modules')) return undefined
        return resolve(path, { kind, resolveDir: here, pluginData: asIfHere })
      })
      if (text === undefined) return
      onResolve({ filter: /^inline$/ }, () => ({ path: 'index.js', namespace: 'inline' }))
      onLoad({ filter: /./, namespace: 'inline' }, () => ({ contents: text, loader: 'js', resolveDir: here }))
    },
  }
}
