// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Fn::Sub
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { readAssembly } from './assembly.ts'
import { startAll, stopAll } from './stack.fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'breakwater-assembly-'))
afterEach(async () => {
  await stopAll()
  rmSync(folder, { recursive: true, force: true })
})

/** A function whose code is the asset of that key. */
function coded(S3Key: string, Handler: string) {
  const Code = { S3Bucket: { 'Fn::Sub': 'cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}' }, S3Key }
  return { Type: 'AWS::Lambda::Function', Properties: { Runtime: 'nodejs24.x', Timeout: 20, Handler, Code } }
}

/** Writes files as the CDK does. */
function write(files: Record<string, unknown>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  }
}

const asset = (hash: string) => ({
  source: { path: `asset.${hash}`, packaging: 'zip' },
  destinations: { here: { bucketName: 'b', objectKey: `${hash}.zip` } },
})
const stackArtifact = { type: 'aws:cloudformation:stack', properties: { templateFile: 'Demo.template.json' } }

it('readAssembly finds templates and the code they name, whatever the kind of module', async () => {
  write({
    'manifest.json': {
      artifacts: {
        'Demo.assets': { type: 'cdk:asset-manifest', properties: { file: 'Demo.assets.json' } },
        Demo: { ...stackArtifact, properties: { ...stackArtifact.properties, stackName: 'shop-dev' } },
        Tree: { type: 'cdk:tree', properties: { file: 'tree.json' } },
      },
    },
    'Demo.assets.json': { files: { aa: asset('aa'), bb: asset('bb') } },
    'Demo.template.json': {
      Resources: { Esm: coded('aa.zip', 'index.handler'), Cjs: coded('bb.zip', 'src/main.run') },
    },
    // As our own bundles begin; and the SDK is left to the runtime.
    'asset.aa/index.mjs': `import { createRequire as __createRequire } from 'node:module'
      const require = __createRequire(import.meta.url)
      import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
      export const handler = async () => [typeof DynamoDBClient, require('node:path').posix.sep]`,
    'asset.bb/src/main.js': `const { part } = require('./part.js')
      exports.run = async () => part`,
    'asset.bb/src/part.js': `exports.part = 'part'`,
  })
  const stacks = readAssembly(folder)
  expect(stacks.map(({ name }) => name)).toEqual(['shop-dev'])
  const { functions } = await startAll(stacks)
  expect(await functions.get('Esm').invoke('{}')).toEqual({ kind: 'answered', value: '["function","/"]' })
  expect(await functions.get('Cjs').invoke('{}')).toEqual({ kind: 'answered', value: '"part"' })
})

it('readAssembly takes a relative path, as its own example does', async () => {
  write({
    'manifest.json': {
      artifacts: {
        'Demo.assets': { type: 'cdk:asset-manifest', properties: { file: 'Demo.assets.json' } },
        Demo: stackArtifact,
      },
    },
    'Demo.assets.json': { files: { aa: asset('aa') } },
    'Demo.template.json': { Resources: { Run: coded('aa.zip', 'index.handler') } },
    'asset.aa/index.js': `exports.handler = async () => 'ran'`,
  })
  const { functions } = await startAll(readAssembly(relative(process.cwd(), folder)))
  expect(await functions.get('Run').invoke('{}')).toEqual({ kind: 'answered', value: '"ran"' })
})

it('readAssembly says what is not a cloud assembly, and what is not supported in one', () => {
  expect(() => readAssembly(folder)).toThrow(
    /manifest.json cannot be read as JSON: is .* the folder that the CDK synthesised into\?/,
  )
  write({ 'manifest.json': '{' })
  expect(() => readAssembly(folder)).toThrow('manifest.json cannot be read as JSON')
  write({
    'manifest.json': {
      artifacts: { Prod: { type: 'cdk:cloud-assembly', properties: { directoryName: 'assembly-Prod' } } },
    },
  })
  expect(() => readAssembly(folder)).toThrow('Prod: got "assembly-Prod"; allowed is stacks without a Stage')
})
