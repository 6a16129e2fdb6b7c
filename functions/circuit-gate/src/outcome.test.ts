import { classify, isCallTimeoutError } from '@breakwater/circuit'
import { expect, it } from 'vitest'
import { settledOf } from './outcome.ts'

const verdictOn = (error: string, cause?: string, ignored: string[] = []) => {
  const outcome = { ok: false, error, ...(cause !== undefined && { cause }) } as const
  const settled = settledOf(outcome, 'payments', 1_000, new Set(ignored))
  return settled ? classify(settled) : 'ignored'
}
const failure = expect.objectContaining({ outcome: 'failure' })
const service = (status: number) => `Refused (Service: Sqs, Status Code: ${status}, Request ID: a-1)`

it.each([
  ['States.Timeout', undefined],
  ['States.HeartbeatTimeout', undefined],
  ['States.TaskFailed', undefined],
  ['States.TaskFailed', 'no JSON'],
  ['States.Http.Socket', undefined],
  ['States.Http.StatusCode.503', undefined],
  ['States.Http.StatusCode.429', '{"message":"slow down"}'],
  ['Lambda.TooManyRequestsException', 'Rate Exceeded. (Service: Lambda, Status Code: 429, Request ID: a-1)'],
  ['Lambda.ServiceException', service(500)],
  ['Lambda.Unknown', 'The cause could not be determined because Lambda did not return an error type.'],
  ['Sandbox.Timedout', '{"errorType":"Sandbox.Timedout","errorMessage":"Task timed out after 3.00 seconds"}'],
  ['DynamoDB.ProvisionedThroughputExceededException', service(400)],
  ['Error', '{"errorType":"Error","errorMessage":"boom"}'],
  ['ProviderError', '{"errorType":"ProviderError","statusCode":502}'],
  ['ProviderError', '{"status":429}'],
  ['ProviderError', '{"statusCode":"503"}'],
  ['ProviderError', '{"statusCode":408}'],
  ['ProviderError', '{"statusCode":0}'],
  ['ProviderError', '{"status":1}'],
  ['States.Http.StatusCode.425', undefined],
  ['States.TaskFailed', '{"errorType":"TooManyRequestsException","statusCode":400}'],
  ['E', 'null'],
  ['E', '5'],
  ['E', '[]'],
  ['E', '{"errorType":5,"headers":7,"retryAfterMs":"1"}'],
])('%s with %j is a failure', (error, cause) => {
  expect(verdictOn(error, cause)).toEqual(failure)
})

it.each([
  ['States.Http.StatusCode.404', undefined],
  ['ProviderError', '{"errorType":"ProviderError","statusCode":404}'],
  ['ProviderError', '{"status":422}'],
  ['ProviderError', '{"statusCode":"404"}'],
  ['States.Http.StatusCode.404', '{"status":"rejected"}'],
  ['Sqs.AccessDenied', service(403)],
  ['DynamoDB.ConditionalCheckFailedException', service(400)],
])('%s with %j is an answer: success', (error, cause) => {
  expect(verdictOn(error, cause)).toBe('success')
})

it.each([
  ['Breakwater.CircuitOpen', '{"circuit":"stock"}'],
  ['CircuitOpenError', '{"errorType":"CircuitOpenError"}'],
  ['States.Runtime', undefined],
  ['States.DataLimitExceeded', undefined],
  ['States.QueryEvaluationError', undefined],
  ['States.Permissions', undefined],
])('%s says nothing of the dependency', (error, cause) => {
  expect(verdictOn(error, cause)).toBe('ignored')
})

it('errors of the list are ignored, by their name or their type', () => {
  expect(verdictOn('OutOfStock', undefined, ['OutOfStock'])).toBe('ignored')
  expect(verdictOn('States.TaskFailed', '{"errorType":"OutOfStock"}', ['OutOfStock'])).toBe('ignored')
  expect(verdictOn('OutOfStockForever', undefined, ['OutOfStock'])).toEqual(failure)
})

it('a timeout is a CallTimeoutError of the time it took', () => {
  const settled = settledOf({ ok: false, error: 'States.Timeout' }, 'payments', 1_000, new Set())
  const { error } = settled as { error: unknown }
  expect(isCallTimeoutError(error)).toBe(true)
  expect(error).toMatchObject({ circuit: 'payments', timeoutMs: 1_000 })
})

it.each([
  ['{"statusCode":429,"headers":{"Retry-After":"120"}}', 120_000],
  ['{"statusCode":503,"headers":{"RETRY-AFTER":"5"}}', 5_000],
  ['{"statusCode":503,"multiValueHeaders":{"Retry-After":["5"]}}', 5_000],
  ['{"statusCode":503,"retryAfterMs":700}', 700],
])('the verdict says how long the dependency asks to wait: %s', (cause, retryAfterMs) => {
  expect(verdictOn('ProviderError', cause)).toEqual({ outcome: 'failure', retryAfterMs })
})

it('a success counts as one', () => {
  expect(settledOf({ ok: true }, 'payments', 0, new Set())).toEqual({ ok: true, value: undefined })
})
