import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeApp } from './app.ts'

// biome-ignore lint/suspicious/noExplicitAny: a template is any JSON.
export type Json = any

/** The app, synthesised into a folder that `remove` deletes. */
export class SynthesisedApp {
  readonly folder = mkdtempSync(join(tmpdir(), 'breakwater-synth-'))
  /** Templates by concern: `table`, `orders`… */
  readonly templates: Readonly<Record<string, Json>>

  constructor(context: Readonly<Record<string, string>> = {}) {
    const stage = context.stage ?? 'dev'
    const assembly = makeApp({ outdir: join(this.folder, 'cdk.out'), context }).synth()
    this.templates = Object.fromEntries(
      assembly.stacks.map(stack => [stack.stackName.replace(`breakwater-${stage}-`, ''), stack.template]),
    )
  }

  /** The properties of all resources of a type, in one template or in all. */
  all(type: string, concern?: string): Json[] {
    return Object.entries(this.templates)
      .filter(([name]) => concern === undefined || concern === name)
      .flatMap(([, template]) => Object.values<Json>(template.Resources))
      .filter(resource => resource.Type === type)
      .map(resource => resource.Properties)
  }

  /** The routes of an API: `POST /orders`… */
  routes(concern: string): string[] {
    const { Resources } = this.templates[concern]
    const pathOf = (id: Json): string => {
      const resource = Resources[id?.Ref]?.Properties
      return resource ? `${pathOf(resource.ParentId)}/${resource.PathPart}` : ''
    }
    return this.all('AWS::ApiGateway::Method', concern)
      .map(method => `${method.HttpMethod} ${pathOf(method.ResourceId)}`)
      .sort()
  }

  /** The code of every function. */
  get bundles(): string[] {
    const out = join(this.folder, 'cdk.out')
    const assets = readdirSync(out).filter(name => name.startsWith('asset.'))
    return assets.map(name => readFileSync(join(out, name, 'index.mjs'), 'utf8'))
  }

  /** The code of one function, by the prefix of its logical id. */
  bundleOf(id: string): string {
    const [asset] = this.#functionOf(id).Code.S3Key.split('.')
    return readFileSync(join(this.folder, 'cdk.out', `asset.${asset}`, 'index.mjs'), 'utf8')
  }

  /** The environment variables of one function. */
  variablesOf(id: string): Json {
    return this.#functionOf(id).Environment.Variables
  }

  #functionOf(id: string): Json {
    const named = Object.values(this.templates)
      .flatMap(template => Object.entries<Json>(template.Resources))
      .filter(([name, { Type }]) => Type === 'AWS::Lambda::Function' && name.startsWith(id))
    if (named.length !== 1) throw new Error(`${named.length} functions ${id}`)
    return named[0]![1].Properties
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
