import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { systemClock } from '@breakwater/circuit'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { oneMethod, start, stopAll } from './rest-api.fixture.ts'
import { requestSigner, type SignedRequest, signedFetch, signerFor, signerOf } from './signature.ts'
import type { RestApiOptions } from './types.ts'

afterEach(stopAll)

const region = 'us-east-1'
const local = { accessKeyId: 'local', secretAccessKey: 'local' }
const temporary = { ...local, accessKeyId: 'ASIA0123456789ABCDEF', sessionToken: 'token' }
const whoami = {
  Type: 'MOCK',
  RequestTemplates: { 'application/json': '{ statusCode: 200 }' },
  IntegrationResponses: [
    {
      StatusCode: '200',
      ResponseTemplates: {
        'application/json':
          '{"owner": "$context.identity.caller.replaceAll(":.*", "")", "arn": "$context.identity.userArn"}',
      },
    },
  ],
}

async function startApi(mayCall = (_path: string) => true, more: RestApiOptions = {}) {
  const callerOf = (id: string) => {
    const arn = 'arn:aws:sts::000000000000:assumed-role/Shop/tests'
    if (id === temporary.accessKeyId) return { ...temporary, arn, id: 'AROASHOP:tests', mayCall }
    return id === 'local'
      ? { ...local, arn: 'arn:aws:iam::000000000000:user/local', id: 'AIDALOCAL' }
      : undefined
  }
  const resources = {
    ...oneMethod(whoami, { HttpMethod: 'ANY', AuthorizationType: 'AWS_IAM', ResourceId: 'Any' }),
    Any: {
      Type: 'AWS::ApiGateway::Resource',
      Properties: { RestApiId: 'Api', ParentId: 'Api.RootResourceId', PathPart: '{proxy+}' },
    },
  }
  const { api, clock } = await start(resources, undefined, { callerOf, ...more })
  const now = () => clock.now()
  return {
    api,
    clock,
    fetch: signedFetch(requestSigner(local, region, now)),
    as: (who: typeof local) => signedFetch(requestSigner(who, region, now)),
  }
}

describe('a signed request', () => {
  it('is let in, and templates and functions see who sent it', async () => {
    const { api, fetch, as } = await startApi()
    expect(await (await fetch(`${api.url}/orders`)).json()).toEqual({
      owner: 'AIDALOCAL',
      arn: 'arn:aws:iam::000000000000:user/local',
    })
    expect(await (await as(temporary)(`${api.url}/orders`)).json()).toEqual({
      owner: 'AROASHOP',
      arn: 'arn:aws:sts::000000000000:assumed-role/Shop/tests',
    })
  })

  it('is let in with the stage in its path, and with a presigned address', async () => {
    const { api, clock, fetch } = await startApi()
    expect((await fetch(`${api.url}/prod/orders?b=2&a=1&a=0`)).status).toBe(200)
    const signer = signerFor(temporary, region)
    const presigned = await signer.presign(
      {
        method: 'GET',
        protocol: 'http:',
        hostname: '127.0.0.1',
        path: '/orders',
        query: { of: 'Jörg & Söhne' },
        headers: { host: `127.0.0.1:${api.port}` },
      },
      { signingDate: new Date(clock.now()), expiresIn: 600 },
    )
    const url =
      `${api.url}/orders?${new URLSearchParams(presigned.query as Record<string, string>)}`.replaceAll(
        '+',
        '%20',
      )
    const ask = async (at: string) => (await globalThis.fetch(at)).status
    expect(await ask(url)).toBe(200)
    expect(await ask(url.replace('Expires=600', 'Expires=900'))).toBe(403)
    expect(await ask(url.replace('S%C3%B6hne', 'Söhnen'))).toBe(403)
    clock.advance(600_000)
    expect(await ask(url)).toBe(200)
    clock.advance(1_000)
    expect(await ask(url)).toBe(403)
  })

  it('of a role is refused where its policies do not allow the method, whatever the signature', async () => {
    const asked: string[] = []
    const { api, as } = await startApi(path => {
      asked.push(path)
      return path === 'prod/GET/orders/1'
    })
    const fetch = as(temporary)
    expect((await fetch(`${api.url}/orders/1`)).status).toBe(200)
    const refused = await fetch(`${api.url}/orders/1?x=/`, { method: 'DELETE' })
    expect([refused.status, refused.headers.get('x-amzn-errortype'), await refused.json()]).toEqual([
      403,
      'AccessDeniedException',
      {
        message:
          'User: arn:aws:sts::000000000000:assumed-role/Shop/tests is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********0000:local/prod/DELETE/orders/1',
      },
    ])
    expect(asked).toEqual(['prod/GET/orders/1', 'prod/DELETE/orders/1'])
  })
})

/** What a client sends that the SDK's signer has signed at the given time. */
async function signed(
  { method = 'POST', path = '/orders', query = {}, headers = {}, body = '{}' },
  {
    at = 0,
    credentials = local as typeof local & { sessionToken?: string },
    signer = signerFor(credentials, region),
  } = {},
): Promise<{ request: SignedRequest; headers: Record<string, string> }> {
  const about = {
    method,
    protocol: 'http:',
    hostname: 'a',
    path,
    query,
    body,
    headers: { host: 'a', ...headers },
  }
  const { headers: own } = await signer.sign(about, { signingDate: new Date(at) })
  const search = Object.entries(query as Record<string, string | string[]>).flatMap(([name, value]) =>
    [value].flat().map(one => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`),
  )
  const url = search.length > 0 ? `${path}?${search.join('&')}` : path
  return {
    request: { method, url, rawHeaders: Object.entries(own).flat(), body: Buffer.from(body) },
    headers: own,
  }
}

const options = {
  region,
  now: () => 0,
  callerOf: (id: string) =>
    id === local.accessKeyId || id === temporary.accessKeyId
      ? { ...temporary, arn: 'arn:aws:iam::000000000000:user/local', id }
      : undefined,
}
const refusal = (request: SignedRequest, over = {}) =>
  signerOf(request, { ...options, ...over }).then(
    ({ accessKeyId }) => accessKeyId,
    ({ type, errorType, message }) => [type, errorType, message],
  )
const mismatch = [
  'INVALID_SIGNATURE',
  'InvalidSignatureException',
  expect.stringContaining('The request signature we calculated does not match'),
]

describe('whatever is signed', () => {
  const word = fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }).filter(text => text.isWellFormed())
  const segment = word.map(encodeURIComponent).filter(text => text !== '.' && text !== '..')
  const sent = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
    path: fc.array(segment, { maxLength: 4 }).map(all => `/${all.join('/')}`),
    query: fc.dictionary(
      word.filter(name => !/^x-amz-/i.test(name)),
      fc.oneof(word, fc.array(word, { minLength: 1, maxLength: 3 })),
    ),
    body: fc.string({ unit: 'binary', maxLength: 40 }).filter(text => text.isWellFormed()),
  })

  it('is let in, and refused once a byte of it is another', async () => {
    const changes: ((request: SignedRequest) => SignedRequest)[] = [
      request => ({ ...request, method: 'PATCH' }),
      request => ({ ...request, url: request.url.replace('/', '/x') }),
      request => ({ ...request, url: `${request.url}${request.url.includes('?') ? '&' : '?'}more=1` }),
      request => ({
        ...request,
        url: `${request.url}${request.url.includes('?') ? '&' : '?'}X-Amz-Signature=1`,
      }),
      request => ({ ...request, url: `/${request.url}` }),
      request => ({ ...request, url: `/x/..${request.url}` }),
      request => ({
        ...request,
        rawHeaders: request.rawHeaders.map(text => text.replace('SignedHeaders=', 'SignedHeaders=absent;')),
      }),
      request => ({ ...request, body: Buffer.concat([request.body, Buffer.from(' ')]) }),
      request => ({ ...request, rawHeaders: request.rawHeaders.map(text => (text === 'a' ? 'b' : text)) }),
      request => ({
        ...request,
        rawHeaders: request.rawHeaders.map(text => text.replace(/.$/, last => (last === '0' ? '1' : '0'))),
      }),
    ]
    await fc.assert(
      fc.asyncProperty(sent, fc.constantFrom(...changes), async (what, change) => {
        const { request } = await signed(what)
        expect(await refusal(request)).toBe('local')
        expect(await refusal(change(request))).toHaveProperty('length', 3)
      }),
      { numRuns: 60 },
    )
  })
})

describe('a request is refused', () => {
  const wrong: [
    name: string,
    answer: unknown,
    change: Parameters<typeof signed>[1] | ((h: Record<string, string>) => void),
    over?: object,
  ][] = [
    ['with another secret', mismatch, { credentials: { ...local, secretAccessKey: 'other' } }],
    [
      'for another service',
      [
        'INVALID_SIGNATURE',
        'InvalidSignatureException',
        "Credential should be scoped to correct service: 'execute-api'.",
      ],
      h => {
        h.authorization = h.authorization!.replace('execute-api', 's3')
      },
    ],
    [
      'for another Region',
      ['INVALID_SIGNATURE', 'InvalidSignatureException', 'Credential should be scoped to a valid region.'],
      { signer: signerFor(local, 'eu-west-1') },
    ],
    [
      'with a key that nobody has',
      [
        'INVALID_SIGNATURE',
        'UnrecognizedClientException',
        'The security token included in the request is invalid.',
      ],
      { credentials: { ...local, accessKeyId: 'AKIA' } },
    ],
    [
      'with temporary keys and no token',
      [
        'INVALID_SIGNATURE',
        'UnrecognizedClientException',
        'The security token included in the request is invalid.',
      ],
      { credentials: { ...local, accessKeyId: temporary.accessKeyId } },
    ],
    [
      "with somebody else's token",
      [
        'INVALID_SIGNATURE',
        'UnrecognizedClientException',
        'The security token included in the request is invalid.',
      ],
      { credentials: { ...temporary, sessionToken: 'x' } },
    ],
    [
      'five minutes and a second late',
      [
        'INVALID_SIGNATURE',
        'InvalidSignatureException',
        'Signature expired: 19700101T000000Z is too long ago',
      ],
      {},
      { now: () => 301_000 },
    ],
    [
      'five minutes and a second early',
      [
        'INVALID_SIGNATURE',
        'InvalidSignatureException',
        'Signature not yet current: 19700101T000501Z is still to come',
      ],
      { at: 301_000 },
    ],
    [
      'dated otherwise than its scope',
      ['INVALID_SIGNATURE', 'InvalidSignatureException', expect.stringContaining('Date in Credential scope')],
      h => {
        h['x-amz-date'] = '19700102T000000Z'
      },
    ],
    [
      'with a date that is none',
      ['INVALID_SIGNATURE', 'InvalidSignatureException', expect.stringContaining('Date in Credential scope')],
      h => {
        h['x-amz-date'] = '1970-01-01'
      },
    ],
    [
      'without a date',
      ['INVALID_SIGNATURE', 'IncompleteSignatureException', expect.stringContaining('X-Amz-Date')],
      h => {
        delete h['x-amz-date']
      },
    ],
    [
      'without a credential',
      [
        'INVALID_SIGNATURE',
        'IncompleteSignatureException',
        "Authorization header requires 'Credential' parameter.",
      ],
      h => {
        h.authorization = 'AWS4-HMAC-SHA256 Signature=0, SignedHeaders=host'
      },
    ],
    [
      'with half a credential',
      ['INVALID_SIGNATURE', 'InvalidSignatureException', expect.stringContaining('5 slash-delimited')],
      h => {
        h.authorization = h.authorization!.replace('/aws4_request', '')
      },
    ],
    [
      'with an unsigned x-amz-target',
      [
        'INVALID_SIGNATURE',
        'InvalidSignatureException',
        "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization.",
      ],
      h => {
        h['x-amz-target'] = 'x'
      },
    ],
    ['with a checksum of another body', mismatch, { signer: signerFor(local, region) }],
    [
      'without an authorization',
      ['MISSING_AUTHENTICATION_TOKEN', 'MissingAuthenticationTokenException', 'Missing Authentication Token'],
      h => {
        delete h.authorization
      },
    ],
    [
      'with a bearer token',
      ['INVALID_SIGNATURE', 'IncompleteSignatureException', expect.stringContaining('missing equal-sign')],
      h => {
        h.authorization = 'Bearer x'
      },
    ],
    [
      'with a presigned address of eight days',
      ['INVALID_SIGNATURE', 'IncompleteSignatureException', expect.stringContaining('604800')],
      h => {
        delete h.authorization
      },
    ],
  ]
  it.each(wrong)('%s', async (name, answer, change, over) => {
    const headers = name.includes('checksum') ? { 'x-amz-content-sha256': 'e3b0' } : {}
    const { request, headers: own } = await signed({ headers }, typeof change === 'function' ? {} : change)
    if (typeof change === 'function') change(own)
    const url = name.includes('presigned')
      ? '/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=691200&X-Amz-Credential=a&X-Amz-SignedHeaders=host&X-Amz-Signature=0&X-Amz-Date=19700101T000000Z'
      : request.url
    expect(await refusal({ ...request, url, rawHeaders: Object.entries(own).flat() }, over)).toEqual(answer)
  })
})

const [, major = 0, minor = 0] =
  /^curl (\d+)\.(\d+)/.exec(spawnSync('curl', ['--version'], { encoding: 'utf8' }).stdout ?? '') ?? []
const signs = Number(major) > 7 || Number(minor) >= 75

it.skipIf(!signs)('curl signs as it is checked (skipped where no curl has --aws-sigv4)', async () => {
  const { api } = await startApi(undefined, { clock: systemClock })
  const run = promisify(execFile)
  const ask = async (user: string, ...more: string[]) => {
    const line = ['-s', '-w', ' %{http_code}', '--aws-sigv4', 'aws:amz:us-east-1:execute-api', '--user', user]
    return (await run('curl', [...line, ...more])).stdout
  }
  const url = `${api.url}/orders/1`
  expect(await ask('local:local', url)).toMatch(/AIDALOCAL.* 200$/)
  expect(await ask('local:local', '-H', 'content-type: application/json', '-d', '{"a":"ö"}', url)).toMatch(
    / 200$/,
  )
  expect(await ask('local:other', url)).toMatch(/signature.* 403$/)
  const { accessKeyId, secretAccessKey, sessionToken } = temporary
  const token = ['-H', `x-amz-security-token: ${sessionToken}`]
  expect(await ask(`${accessKeyId}:${secretAccessKey}`, ...token, url)).toMatch(/AROASHOP.* 200$/)
})
