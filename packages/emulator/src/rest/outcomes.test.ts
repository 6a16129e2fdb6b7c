import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { settle } from '@breakwater/circuit/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { execution, refusal, start, stopAll, workflowResources } from './rest-api.fixture.ts'

afterEach(stopAll)

const nasty = `it's "down"\n\tat C:\\srv </script> \u2028 ü 😀 $input.body #if #end`

describe('an execution that', () => {
  it('succeeded is answered with its output', async () => {
    const { post, calls } = await start(workflowResources, () =>
      execution({ status: 'SUCCEEDED', output: '{"receipt":"r-1"}' }),
    )
    const response = await post('{"circuit":"pay\'ments","note":"\\n"}', { 'X-Trace': 't-1' })
    expect([response.status, await response.json()]).toEqual([200, { receipt: 'r-1' }])
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json',
      'x-from': 'workflow',
      'x-id': 'abc',
      'x-stage': 'prod',
    })
    const [{ body, ...call }] = calls as [(typeof calls)[0]]
    expect(call).toEqual({
      service: 'states',
      action: 'StartSyncExecution',
      region: 'eu-west-1',
      method: 'POST',
      origin: {
        method: 'Start',
        path: 'prod/POST/workflows/guarded-call',
        credentials: 'arn:aws:iam::123456789012:role/api',
      },
      query: {},
      headers: { 'Content-Type': 'application/json', 'X-Static': 'it is', 'X-Trace': 't-1' },
    })
    const { input, name } = JSON.parse(body)
    expect(input).toBe('{"circuit":"pay\'ments","note":"\\n"}')
    expect(name).toBe(response.headers.get('x-amzn-requestid'))
  })

  it.each([
    [
      'a cause in JSON',
      'Payments.Declined',
      JSON.stringify({ errorType: 'Declined', errorMessage: "can't" }),
    ],
    ['a cause in text', 'States.TaskFailed', nasty],
    ['no cause', 'Custom', ''],
  ])('failed with %s is a 500 that is JSON', async (_, error, cause) => {
    const { post } = await start(workflowResources, () => execution({ status: 'FAILED', error, cause }))
    const response = await post()
    expect([response.status, await response.json()]).toEqual([500, { error, cause }])
  })

  it('took too long is a 504', async () => {
    const { post } = await start(workflowResources, () => execution({ status: 'TIMED_OUT' }))
    const response = await post()
    expect([response.status, await response.json()]).toEqual([504, { error: 'States.Timeout', cause: '' }])
  })

  it('was aborted is a 500', async () => {
    const { post } = await start(workflowResources, () => execution({ status: 'ABORTED' }))
    expect((await post()).status).toBe(500)
  })

  it('met an open circuit is a 503 that says when to come back', async () => {
    const cause = JSON.stringify({ circuit: 'payments', reason: 'failure-rate', retryAfterMs: 4_200 })
    const { post } = await start(workflowResources, () =>
      execution({ status: 'FAILED', error: 'Breakwater.CircuitOpen', cause }),
    )
    const response = await post()
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
    expect(await response.json()).toEqual({ error: 'Breakwater.CircuitOpen', cause })
  })

  it.each([
    [429, 'com.amazonaws.states#ThrottlingException', 'Rate exceeded'],
    [400, 'InvalidExecutionInput', nasty],
  ])('the service refuses is a %i', async (status, type, message) => {
    const { post } = await start(workflowResources, () => refusal(400, type, message))
    const response = await post()
    expect([response.status, await response.json()]).toEqual([
      status,
      { error: type.replace(/^.*#/, ''), cause: message },
    ])
  })

  it('the service fails at is a 502 with its body, where no template changes it', async () => {
    const { post } = await start(workflowResources, () => refusal(503, 'ServiceUnavailable', 'later'))
    const response = await post()
    expect([response.status, await response.json()]).toEqual([
      502,
      { __type: 'ServiceUnavailable', message: 'later' },
    ])
  })

  it('the service answers with what is no JSON is a 500, and the log says why', async () => {
    const { post, lines } = await start(workflowResources, () => ({
      status: 200,
      headers: {},
      body: '<html>',
    }))
    const response = await post()
    expect([response.status, await response.json()]).toEqual([500, { message: 'Internal server error' }])
    expect(lines.at(-1)).toMatch(/API_CONFIGURATION_ERROR .*JSON/)
  })

  it('cannot be asked for is a 504 of the gateway', async () => {
    const { post, lines } = await start(workflowResources, () => Promise.reject(new Error('ECONNREFUSED')))
    const response = await post()
    expect([response.status, await response.json()]).toEqual([
      504,
      { message: 'Network error communicating with endpoint' },
    ])
    expect(lines.at(-1)).toContain('ECONNREFUSED')
  })

  it('takes more than 29 s is a 504, and the call is aborted', async () => {
    const called = Promise.withResolvers<AbortSignal>()
    const { post, clock } = await start(workflowResources, (_, signal) => {
      called.resolve(signal)
      return new Promise(() => {})
    })
    const asked = post()
    const signal = await called.promise
    await clock.advance(28_999)
    expect(signal.aborted).toBe(false)
    await clock.advance(1)
    const response = await asked
    expect([response.status, await response.json()]).toEqual([504, { message: 'Endpoint request timed out' }])
    expect([signal.aborted, clock.pending]).toEqual([true, 0])
  })

  it('is under way when the API stops leaves nothing behind, whatever becomes of it', async () => {
    const called = Promise.withResolvers<AbortSignal>()
    const late = Promise.withResolvers<never>()
    const { api, post, clock } = await start(workflowResources, (_, signal) => {
      called.resolve(signal)
      return late.promise
    })
    const asked = post().catch(() => 'cut')
    const signal = await called.promise
    await api.close()
    expect([signal.aborted, clock.pending]).toEqual([true, 0])
    late.reject(new Error('too late'))
    await asked
    await settle()
    await expect(fetch(api.url)).rejects.toThrow()
  })
})

describe('a request is refused before the backend sees it', () => {
  it.each([
    ['without a key', { 'x-api-key': '' }, 403, 'Forbidden'],
    ['with an unknown key', { 'x-api-key': 'guessed' }, 403, 'Forbidden'],
    ['of another content type', { 'content-type': 'text/plain' }, 415, 'Unsupported Media Type'],
  ])('%s', async (_, headers, status, message) => {
    const { post, calls } = await start()
    const response = await post('{"circuit":"payments"}', headers)
    expect([response.status, await response.json(), calls]).toEqual([status, { message }, []])
  })

  it.each(['', '{', '[]', '{}', '{"circuit":""}', '{"circuit":1}'])('with the body %j', async body => {
    const { post, calls } = await start()
    const response = await post(body)
    expect([response.status, await response.json(), calls]).toEqual([
      400,
      { message: 'Invalid request body' },
      [],
    ])
    expect(response.headers.get('x-amzn-errortype')).toBe('BadRequestException')
  })

  it('with a body over 10 MB', async () => {
    const { post, calls } = await start()
    const response = await post(Buffer.alloc(10 * 1024 * 1024 + 1, 'x'))
    expect([response.status, await response.json(), calls]).toEqual([
      413,
      { message: 'Request Too Long' },
      [],
    ])
  })

  it('to a path or by a method that is not there', async () => {
    const { api } = await start()
    for (const [path, method] of [
      ['/other', 'POST'],
      ['/workflows', 'POST'],
      ['/workflows/guarded-call', 'GET'],
      ['/', 'GET'],
    ]) {
      const response = await fetch(`${api.url}${path}`, { method: method! })
      expect([response.status, await response.json()]).toEqual([
        403,
        { message: 'Missing Authentication Token' },
      ])
    }
  })
})

it('charset and case of a content type make no difference', async () => {
  const { post } = await start(workflowResources, () => execution({ status: 'SUCCEEDED', output: '1' }))
  expect((await post(undefined, { 'content-type': 'Application/JSON; charset=utf-8' })).status).toBe(200)
})

it('a client that goes away in mid-request does no harm', async () => {
  const { api, post } = await start(workflowResources, () => execution({ status: 'SUCCEEDED', output: '1' }))
  const socket = connect(api.port, '127.0.0.1')
  socket.write('POST /workflows/guarded-call HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf')
  socket.end()
  await text(socket)
  expect((await post()).status).toBe(200)
})

it('an API is served with the stage and without', async () => {
  const { api, calls } = await start(workflowResources, () => execution({ status: 'SUCCEEDED', output: '1' }))
  const headers = { 'x-api-key': api.apiKeys.Key!, 'content-type': 'application/json' }
  for (const path of [
    '/prod/workflows/guarded-call',
    '/workflows/guarded-call/',
    '/workflows/guarded-call?x=1',
  ]) {
    const response = await fetch(api.url + path, { method: 'POST', headers, body: '{"circuit":"c"}' })
    expect([response.status, await response.json()]).toEqual([200, 1])
  }
  expect(calls.length).toBe(3)
})
