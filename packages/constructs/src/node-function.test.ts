import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { RemovalPolicy } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { describe, expect, it } from 'vitest'
import { type NodeFunctionProps, nodeFunction, withBundle } from './node-function.ts'
import { findings, makeStack, Synthesised } from './stack.fixture.ts'

const entry = new URL('recycler/handler.fixture.ts', import.meta.url)
const description = 'Does nothing'

describe('a bundle', () => {
  it('is one module with the handler, in a folder that is removed afterwards', () => {
    const [folder, files, code] = withBundle(entry, folder => {
      const files = readdirSync(folder)
      return [folder, files, readFileSync(join(folder, 'index.mjs'), 'utf8')]
    })
    expect(files).toEqual(['index.mjs'])
    expect(code).toMatch(/export\s*\{\s*handler\s*\}/)
    expect(() => readdirSync(folder)).toThrow(/ENOENT/)
  })

  it('removes the folder after a failure too', () => {
    let left = ''
    const fail = () =>
      withBundle(entry, folder => {
        left = folder
        throw new Error('no use')
      })
    expect(fail).toThrow('no use')
    expect(() => readdirSync(left)).toThrow(/ENOENT/)
  })

  it('names the source that cannot be bundled', () => {
    expect(() => withBundle(new URL('missing.ts', entry), () => {})).toThrow(/missing\.ts/)
    const bad = { entry, description, sdk: 'none' as 'runtime' }
    expect(() => nodeFunction(makeStack(), 'Nothing', bad)).toThrow(/^nodeFunction: sdk: got "none"/)
  })

  it('has the SDK where sdk is bundled, and leaves it to the runtime by default', () => {
    const caller = new URL(import.meta.resolve('@breakwater/recycle-trigger'))
    const codeOf = (sdk?: NodeFunctionProps['sdk']) =>
      withBundle(caller, folder => readFileSync(join(folder, 'index.mjs'), 'utf8'), sdk)
    const imported = /from\s*"@(aws-sdk|smithy)\//
    expect(codeOf()).toMatch(imported)
    expect(codeOf('bundled')).not.toMatch(imported)
  })
})

describe('a function out of a bundle', () => {
  it('is traced and logged for a bounded time, with a role that can do nothing else', () => {
    const stack = makeStack()
    nodeFunction(stack, 'Nothing', { entry, description })
    const made = new Synthesised(stack)
    expect(made.one('AWS::Lambda::Function')).toMatchObject({
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Description: description,
      MemorySize: 512,
      Timeout: 10,
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogFormat: 'JSON' },
    })
    expect(made.one('AWS::Logs::LogGroup')).toMatchObject({ RetentionInDays: 30 })
    made.template.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete' })
    const services = made.statements.flatMap(one => [one.Action].flat()).map(one => one.split(':')[0])
    expect(new Set(services)).toEqual(new Set(['logs', 'xray']))
    expect(findings(stack).filter(finding => !/LambdaDLQ|LambdaAsync/.test(finding))).toEqual([])
  })

  it('takes its props, with a given role', () => {
    const stack = makeStack()
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    nodeFunction(stack, 'Nothing', {
      entry,
      description,
      handler: 'other',
      timeoutSeconds: 60,
      memorySize: 1_024,
      environment: { GREETING: 'hello' },
      removalPolicy: RemovalPolicy.RETAIN,
      role,
    })
    const made = new Synthesised(stack)
    expect(made.one('AWS::Lambda::Function')).toMatchObject({
      Handler: 'index.other',
      MemorySize: 1_024,
      Timeout: 60,
      Environment: { Variables: { GREETING: 'hello' } },
      Role: { 'Fn::GetAtt': [expect.stringMatching(/^Role/), 'Arn'] },
    })
    expect(made.all('AWS::IAM::Role')).toHaveLength(1)
    made.template.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'Retain' })
  })
})
