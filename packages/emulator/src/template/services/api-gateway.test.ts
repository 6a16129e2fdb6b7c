import { afterEach, describe, expect, it } from 'vitest'
import type { ServiceCall } from '../../access/service-call.ts'
import { fakeCredentials } from '../../aws/credentials.ts'
import { requestSigner, signedFetch } from '../../rest/signature.ts'
import { inline, type Resources, start, stopAll } from '../stack.fixture.ts'

afterEach(stopAll)

const account = 'arn:aws:iam::000000000000:root'
const role = (Resource: unknown) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' }],
    },
    Policies: [
      {
        PolicyName: 'Calls',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource }],
        },
      },
    ],
  },
})
const method = (HttpMethod: string) => ({
  Type: 'AWS::ApiGateway::Method',
  Properties: {
    RestApiId: { Ref: 'Api' },
    ResourceId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] },
    HttpMethod,
    AuthorizationType: 'AWS_IAM',
    MethodResponses: [{ StatusCode: '200' }],
    Integration: {
      Type: 'MOCK',
      RequestTemplates: { 'application/json': '{ statusCode: 200 }' },
      IntegrationResponses: [
        {
          StatusCode: '200',
          ResponseTemplates: { 'application/json': '{"caller":"$context.identity.userArn"}' },
        },
      ],
    },
  },
})
const resources: Resources = {
  Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'orders' } },
  Deployment: { Type: 'AWS::ApiGateway::Deployment', Properties: { RestApiId: { Ref: 'Api' } } },
  Stage: {
    Type: 'AWS::ApiGateway::Stage',
    Properties: { RestApiId: { Ref: 'Api' }, DeploymentId: { Ref: 'Deployment' }, StageName: 'prod' },
  },
  Get: method('GET'),
  Post: method('POST'),
  Reader: role({
    'Fn::Join': ['', ['arn:aws:execute-api:us-east-1:000000000000:', { Ref: 'Api' }, '/prod/GET/']],
  }),
  Nobody: role('arn:aws:execute-api:us-east-1:000000000000:other/prod/GET/'),
}

describe('a method with authorization AWS_IAM', () => {
  it('is called by the roles whose policies allow it, and by no other', async () => {
    const calls: ServiceCall[] = []
    const stack = await start(resources, { onServiceCall: call => void calls.push(call) })
    const { url } = stack.apis.get('orders')
    const status = async (name: string, verb: string) =>
      (await stack.roles.get(name).fetch(url, { method: verb })).status
    expect(await status('Reader', 'GET')).toBe(200)
    expect(await status('Reader', 'POST')).toBe(403)
    expect(await status('Nobody', 'GET')).toBe(403)
    expect((await fetch(url)).status).toBe(403)
    const { arn, credentials } = stack.roles.get('Reader')
    expect(credentials.accessKeyId).toMatch(/^ASIA[0-9A-F]{16}$/)
    // Each is reported with its role, as a simulator of IAM would be asked; how a person took the role on is not.
    expect(
      calls.map(({ role, action, resource }) => [role?.id, action, resource.split('/').slice(1)]),
    ).toEqual([
      ['Reader', 'execute-api:Invoke', ['prod', 'GET', '']],
      ['Reader', 'execute-api:Invoke', ['prod', 'POST', '']],
      ['Nobody', 'execute-api:Invoke', ['prod', 'GET', '']],
    ])
    expect(calls[0]).toMatchObject({ role: { arn }, service: 'arn:aws:iam::000000000000:user/local' })
    expect(() => stack.roles.get('Writer')).toThrow(
      /role: got "Writer"; allowed is .*Demo\.Reader.*Demo\.Nobody/,
    )
  })

  it('is called with the credentials that a function of the stacks has, as its role', async () => {
    const keys = inline('exports.handler = async () => process.env.AWS_ACCESS_KEY_ID')
    const Role = { 'Fn::GetAtt': ['Reader', 'Arn'] }
    const stack = await start({ ...resources, Keys: { ...keys, Properties: { ...keys.Properties, Role } } })
    const outcome = await stack.functions.get('Keys').invoke('{}')
    const accessKeyId = outcome.kind === 'answered' ? String(JSON.parse(outcome.value)) : ''
    const asFunction = signedFetch(requestSigner({ ...fakeCredentials, accessKeyId }, 'us-east-1', Date.now))
    const { url } = stack.apis.get('orders')
    expect(await (await asFunction(url)).json()).toEqual({
      caller: expect.stringMatching(/:assumed-role\/Demo-Reader\/Demo\.Keys$/),
    })
    expect((await asFunction(url, { method: 'POST' })).status).toBe(403)
  })
})
