import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import { GatewayError } from './gateway-response.ts'
import type { ApiCaller } from './types.ts'

/** An access key of this machine. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** A request that is to be signed. A body is a text, or there is none. */
export interface UnsignedRequest {
  /** @default 'GET' */
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Signs a request to a method with authorization `AWS_IAM`: answers its headers. */
export type SignRequest = (url: string, request?: UnsignedRequest) => Promise<Record<string, string>>

/** `fetch` whose requests are signed for methods with authorization `AWS_IAM`. */
export type SignedFetch = (
  url: string,
  init?: Omit<RequestInit, keyof UnsignedRequest> & UnsignedRequest,
) => Promise<Response>

/** Signs requests by the signer of the AWS SDK. */
export function requestSigner(credentials: Credentials, region: string, now: () => number): SignRequest {
  const signer = signerFor(credentials, region)
  return async (url, { method = 'GET', headers = {}, body = '' } = {}) => {
    const { protocol, hostname, host, pathname: path, search } = new URL(url)
    const query = queryOf(search.slice(1))
    const request = { method, protocol, hostname, path, query, headers: { ...headers, host }, body }
    const signed = await signer.sign(request, { signingDate: new Date(now()) })
    // Every client sets the host itself.
    const { host: _, ...own } = signed.headers
    return own
  }
}

/** Sends requests that are signed. */
export function signedFetch(sign: SignRequest): SignedFetch {
  return async (url, init = {}) => fetch(url, { ...init, headers: await sign(url, init) })
}

/** The signer of the AWS SDK, for methods of APIs. */
export function signerFor(credentials: Credentials, region: string): SignatureV4 {
  return new SignatureV4({ service, region, credentials, sha256: Sha256, applyChecksum: false })
}

/** A request as it came, with its path as it was signed: the stage is part of it. */
export interface SignedRequest {
  readonly method: string
  /** Path and query, as on the request line. */
  readonly url: string
  /** Names and values in turn, as node:http gives them. */
  readonly rawHeaders: readonly string[]
  readonly body: Uint8Array
}

/** What signatures are checked by. */
export interface SignatureOptions {
  /** The Region that signatures have to be for. */
  readonly region: string
  /** Whose access key an id is; undefined for nobody's. */
  readonly callerOf: (accessKeyId: string) => ApiCaller | undefined
  /** Epoch milliseconds. */
  readonly now: () => number
}

const service = 'execute-api'
const algorithm = 'AWS4-HMAC-SHA256'
const incomplete = 'IncompleteSignatureException'
/** How far a clock may be off, and how long a signature in the header is good: five minutes. */
const maxSkewMs = 5 * 60_000
const maxExpiresMs = 7 * 24 * 3_600_000

/** A signature that came with a request, in its header or its query. */
interface Signature {
  readonly presigned: boolean
  readonly credential: string
  readonly signedHeaders: string
  readonly signature: string
  readonly date: string
  readonly token: string | undefined
  /** How long it is good, from its date on. */
  readonly validMs: number
}

/**
 * Finds who signed a request, by Signature Version 4 in the Authorization header or the query.
 *
 * The signature is made anew, of the headers that the request says are signed, by the signer of the AWS SDK
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 *
 * @throws GatewayError as API Gateway answers: for no signature, an incomplete, an expired or a wrong one, and an unknown
 * key.
 */
export async function signerOf(
  request: SignedRequest,
  options: SignatureOptions,
): Promise<{ readonly accessKeyId: string; readonly caller: ApiCaller }> {
  const headers = headersOf(request.rawHeaders)
  const [path = '/', search = ''] = request.url.split(/\?(.*)/s)
  const query = queryOf(search)
  const signature = fromHeader(headers) ?? fromQuery(query)
  if (!signature) throw new GatewayError('MISSING_AUTHENTICATION_TOKEN')
  const { date, token } = signature
  const [accessKeyId = '', day, region, scoped, end, ...rest] = signature.credential.split('/')
  if (rest.length > 0 || end !== 'aws4_request')
    throw invalid(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term`,
    )
  if (scoped !== service) throw invalid(`Credential should be scoped to correct service: '${service}'.`)
  if (region !== options.region) throw invalid('Credential should be scoped to a valid region.')
  const signedAt = timeOf(date)
  if (signedAt === undefined || day !== date.slice(0, 8))
    throw invalid('Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP')
  const now = options.now()
  if (now > signedAt + signature.validMs) throw invalid(`Signature expired: ${date} is too long ago`)
  if (signedAt > now + maxSkewMs) throw invalid(`Signature not yet current: ${date} is still to come`)

  const caller = options.callerOf(accessKeyId)
  // Temporary keys, which begin with ASIA, are nothing without their token.
  const wantsToken = token !== undefined || accessKeyId.startsWith('ASIA')
  if (!caller || (wantsToken && caller.sessionToken !== token))
    throw new GatewayError('INVALID_SIGNATURE', {
      message: 'The security token included in the request is invalid.',
      errorType: 'UnrecognizedClientException',
    })
  const signed = new Set(signature.signedHeaders.split(';'))
  const unsigned = [...headers.keys()].filter(name => mustBeSigned(name) && !signed.has(name))
  const absent = [...signed].filter(name => !headers.has(name))
  if (unsigned.length > 0)
    throw invalid(`'${unsigned.join("', '")}' must be a 'SignedHeader' in the AWS Authorization.`)
  const claimed = headers.get('x-amz-content-sha256')
  const isAsSigned =
    (claimed === undefined || claimed === createHash('sha256').update(request.body).digest('hex')) &&
    absent.length === 0 &&
    // The signer leaves this one out of the query, and makes one path of several ways to write it.
    query['X-Amz-Signature'] === undefined &&
    !/\/\/|\/\.{1,2}(\/|$)/.test(path)
  const expected = isAsSigned
    ? await signatureFor(request, signature, { path, query, headers, signed, accessKeyId, caller, region })
    : ''
  if (!isSame(expected, signature.signature))
    throw invalid(
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    )
  return { accessKeyId, caller }
}

interface Parts {
  readonly path: string
  readonly query: Query
  readonly headers: ReadonlyMap<string, string>
  readonly signed: ReadonlySet<string>
  readonly accessKeyId: string
  readonly caller: ApiCaller
  readonly region: string
}

/** The signature that a request would have from the one whose key it names. */
async function signatureFor(
  { method, body }: SignedRequest,
  { presigned, date, validMs }: Signature,
  { path, query, headers, signed, accessKeyId, caller, region }: Parts,
): Promise<string> {
  // The token is in the request already, and so is the checksum where there is one.
  const signer = signerFor({ accessKeyId, secretAccessKey: caller.secretAccessKey }, region)
  const own = Object.fromEntries([...headers].filter(([name]) => signed.has(name)))
  const request = { method, protocol: 'http:', hostname: '', path, query, headers: own, body }
  const about = { signingDate: new Date(timeOf(date)!), signableHeaders: new Set(signed) }
  if (!presigned) {
    const { headers } = await signer.sign(request, about)
    return /Signature=(\w+)$/.exec(headers.authorization ?? '')?.[1] ?? ''
  }
  const made = await signer.presign(request, {
    ...about,
    expiresIn: validMs / 1_000,
    unhoistableHeaders: new Set(signed),
  })
  return String(made.query?.['X-Amz-Signature'])
}

function fromHeader(headers: ReadonlyMap<string, string>): Signature | undefined {
  const authorization = headers.get('authorization')
  if (authorization === undefined) return undefined
  if (!authorization.startsWith(`${algorithm} `))
    throw invalid('Invalid key=value pair (missing equal-sign) in Authorization header.', incomplete)
  const parts = new Map<string, string>()
  for (const part of authorization.slice(algorithm.length).split(',')) {
    const [, name, value] = /^\s*(\w+)=(\S*)\s*$/.exec(part) ?? []
    if (name !== undefined && value !== undefined) parts.set(name, value)
  }
  const date = headers.get('x-amz-date')
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter(name => !parts.get(name))
  if (missing.length > 0 || date === undefined) {
    const lacks = missing.map(name => `Authorization header requires '${name}' parameter.`)
    if (date === undefined) lacks.push("Authorization header requires existence of a 'X-Amz-Date' header.")
    throw invalid(lacks.join(' '), incomplete)
  }
  return {
    presigned: false,
    credential: parts.get('Credential')!,
    signedHeaders: parts.get('SignedHeaders')!,
    signature: parts.get('Signature')!,
    date,
    token: headers.get('x-amz-security-token'),
    validMs: maxSkewMs,
  }
}

/** Takes the parameters that the signer will make anew out of the query; what is left is what was signed. */
function fromQuery(query: Query): Signature | undefined {
  const take = (name: string): string => {
    const value = query[`X-Amz-${name}`]
    delete query[`X-Amz-${name}`]
    return typeof value === 'string' ? value : ''
  }
  if (query['X-Amz-Algorithm'] !== algorithm) return undefined
  take('Algorithm')
  const [credential, signedHeaders, signature, date] = [
    'Credential',
    'SignedHeaders',
    'Signature',
    'Date',
  ].map(take) as [string, string, string, string]
  const validMs = Number(take('Expires') || Number.NaN) * 1_000
  if (!credential || !signedHeaders || !signature || !date || !(validMs >= 0 && validMs <= maxExpiresMs))
    throw invalid(
      'AWS query-string parameters must include X-Amz-Credential, X-Amz-SignedHeaders, X-Amz-Signature, X-Amz-Date and X-Amz-Expires, of at most 604800.',
      incomplete,
    )
  const token = query['X-Amz-Security-Token']
  return {
    presigned: true,
    credential,
    signedHeaders,
    signature,
    date,
    token: typeof token === 'string' ? token : undefined,
    validMs,
  }
}

type Query = Record<string, string | string[]>

/** Without a prototype, and with `+` as it stands: a signature is made of a blank as `%20`. */
function queryOf(search: string): Query {
  const query: Query = Object.create(null)
  for (const pair of search.split('&')) {
    if (pair === '') continue
    const [name = '', value = ''] = pair.split(/=(.*)/s).map(decoded)
    const before = query[name]
    query[name] = before === undefined ? value : [before, value].flat()
  }
  return query
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid('The query is not encoded as UTF-8.')
  }
}

/** By name in small letters; the values of one that comes twice in one line, as they are signed. */
function headersOf(rawHeaders: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase()
    const before = headers.get(name)
    headers.set(name, before === undefined ? rawHeaders[at + 1]! : `${before},${rawHeaders[at + 1]}`)
  }
  return headers
}

function mustBeSigned(name: string): boolean {
  return name === 'host' || name.startsWith('x-amz-')
}

/** `20261201T113000Z` as epoch milliseconds. */
function timeOf(date: string): number | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? []
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(time) ? undefined : time
}

function isSame(expected: string, given: string): boolean {
  const [one, other] = [Buffer.from(expected), Buffer.from(given)]
  return one.length > 0 && one.length === other.length && timingSafeEqual(one, other)
}

function invalid(message: string, errorType = 'InvalidSignatureException'): GatewayError {
  return new GatewayError('INVALID_SIGNATURE', { message, errorType })
}

/** SHA-256 of node:crypto, with a secret as HMAC, as the signer wants it. */
class Sha256 {
  readonly #hash: { update(data: string | Uint8Array): unknown; digest(): Uint8Array }

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret))
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data))
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }

  reset(): void {
    // The signer makes a new one for each text.
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data)
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
}
