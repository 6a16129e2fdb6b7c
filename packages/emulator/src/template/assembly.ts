import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { invalid } from '@breakwater/circuit/shared'
import { objectOf } from './resolve/template.ts'
import type { StackTemplate } from './types.ts'

/**
 * Reads the stacks that a CDK app was synthesised into.
 *
 * @param directory the cloud assembly, usually `cdk.out`; a relative path starts from the working directory
 * @throws TypeError for a directory without a cloud assembly, and for an artifact that is not supported.
 * @example
 * const stack = await startStack(readAssembly('infra/cdk.out'))
 */
export function readAssembly(directory: string): readonly StackTemplate[] {
  const folder = resolve(directory)
  const assets: Record<string, string> = {}
  const templates: [name: string, file: string][] = []
  const { artifacts = {} } = read(folder, 'manifest.json')
  for (const [id, artifact] of Object.entries(objectOf('artifacts', artifacts))) {
    const { type, properties = {}, displayName } = objectOf(id, artifact)
    const { templateFile, file, directoryName, stackName } = objectOf(`${id}.properties`, properties)
    if (type === 'aws:cloudformation:stack') {
      templates.push([String(stackName ?? displayName ?? id), String(templateFile)])
    } else if (type === 'cdk:asset-manifest') {
      Object.assign(assets, assetsOf(folder, String(file)))
    } else if (type === 'cdk:cloud-assembly') {
      throw invalid(id, directoryName, 'stacks without a Stage around them')
    }
  }
  return templates.map(([name, file]) => ({ name, template: read(folder, file), assets }))
}

/** Paths of assets by their object keys; the same asset has the same key in every account and Region. */
function assetsOf(directory: string, file: string): Record<string, string> {
  const { files = {} } = read(directory, file)
  const entries = Object.entries(objectOf(`${file}.files`, files)).flatMap(([hash, asset]) => {
    const { source, destinations } = objectOf(hash, asset)
    const { path } = objectOf(`${hash}.source`, source)
    return Object.values(objectOf(`${hash}.destinations`, destinations)).map(destination => {
      const { objectKey } = objectOf(`${hash}.destinations`, destination)
      return [String(objectKey), join(directory, String(path))] as const
    })
  })
  return Object.fromEntries(entries)
}

function read(directory: string, file: string): Readonly<Record<string, unknown>> {
  const path = join(directory, file)
  try {
    return objectOf(path, JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    if (cause instanceof TypeError) throw cause
    throw new TypeError(
      `${path} cannot be read as JSON: is ${directory} the folder that the CDK synthesised into?`,
      {
        cause,
      },
    )
  }
}
