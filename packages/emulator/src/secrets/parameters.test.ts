import { VirtualClock } from '@breakwater/circuit/testing'
import { expect, it } from 'vitest'
import type { EventEntry } from '../aws/event.ts'
import { createParameters } from './parameters.ts'

function start() {
  const clock = new VirtualClock()
  const events: EventEntry[] = []
  const parameters = createParameters({ clock, emit: event => void events.push(event) })
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at as the protocol has them
  const call = (action: string, input: object): any => parameters.operations[action]!({ ...input })
  const put = (Name: string, input: object = {}) =>
    call('PutParameter', { Name, Value: 'v', Type: 'String', Overwrite: true, ...input })
  return { clock, events, parameters, call, put }
}

it('Parameter Store emits an event for every change', () => {
  const { put, call, events, clock } = start()
  expect(put('/shop/key', { Description: 'a key' })).toEqual({ Version: 1, Tier: 'Standard' })
  expect(put('/shop/key', { Type: undefined })).toEqual({ Version: 2, Tier: 'Standard' })
  put('plain')
  call('DeleteParameter', { Name: '/shop/key' })
  const detail = { name: '/shop/key', type: 'String', description: 'a key' }
  expect(events[0]).toEqual({
    source: 'aws.ssm',
    detailType: 'Parameter Store Change',
    resources: ['arn:aws:ssm:eu-west-1:123456789012:parameter/shop/key'],
    at: clock.now(),
    detail: { operation: 'Create', ...detail },
  })
  expect(events.map(event => event.detail)).toEqual([
    { operation: 'Create', ...detail },
    { operation: 'Update', ...detail },
    { operation: 'Create', name: 'plain', type: 'String' },
    { operation: 'Delete', ...detail },
  ])
})

it('Parameter Store keeps versions', () => {
  const { put, call, parameters } = start()
  put('key', { Value: 'one' })
  put('key', { Value: 'two' })
  const get = (Name: string) => call('GetParameter', { Name }).Parameter
  expect(get('key')).toMatchObject({ Value: 'two', Version: 2 })
  expect(get('key:1')).toMatchObject({ Value: 'one', Version: 1 })
  expect(get('arn:aws:ssm:eu-west-1:123456789012:parameter/key')).toMatchObject({ Version: 2 })
  expect(call('GetParameters', { Names: ['key', 'none'] })).toMatchObject({
    Parameters: [{ Name: 'key' }],
    InvalidParameters: ['none'],
  })
  expect(parameters.lookup('key')).toEqual({
    source: 'arn:aws:ssm:eu-west-1:123456789012:parameter/key',
    versionId: '2',
  })
  expect(parameters.lookup('key:1')?.versionId).toBe('1')
  expect(parameters.lookup('none')).toBeUndefined()
  expect(parameters.counts()).toEqual({ PutParameter: 2, GetParameter: 3, GetParameters: 1 })
})

it('Parameter Store describes without values, in pages, by name', () => {
  const { put, call, clock } = start()
  for (let count = 0; count < 12; count++) put(`/shop/${count}`)
  put('plain', { Type: 'SecureString' })
  const first = call('DescribeParameters', {})
  expect(first.Parameters).toHaveLength(10)
  const second = call('DescribeParameters', { NextToken: first.NextToken })
  expect(second.Parameters.map(({ Name }: { Name: string }) => Name)).toEqual([
    '/shop/10',
    '/shop/11',
    'plain',
  ])
  expect(second).not.toHaveProperty('NextToken')
  expect(JSON.stringify([first, second])).not.toContain('"v"')
  const filtered = (Option: string, ...Values: string[]) =>
    call('DescribeParameters', { ParameterFilters: [{ Key: 'Name', Option, Values }], MaxResults: 50 })
      .Parameters
  expect(filtered('BeginsWith', '/shop/1')).toHaveLength(3)
  expect(filtered('Equals', 'plain', 'none')).toEqual([
    {
      Name: 'plain',
      ARN: 'arn:aws:ssm:eu-west-1:123456789012:parameter/plain',
      Type: 'SecureString',
      KeyId: 'alias/aws/ssm',
      LastModifiedDate: clock.now() / 1_000,
      LastModifiedUser: 'arn:aws:iam::123456789012:user/local',
      Version: 1,
      Tier: 'Standard',
      Policies: [],
      DataType: 'text',
    },
  ])
})

it.each([
  ['PutParameter', { Name: 'there', Value: 'x', Type: 'String' }, 'ParameterAlreadyExists'],
  ['PutParameter', { Name: 'new', Value: 'x' }, 'ValidationException'],
  ['PutParameter', { Name: 'a/b', Value: 'x', Type: 'String' }, 'ValidationException'],
  ['PutParameter', { Name: 'a b', Value: 'x', Type: 'String' }, 'ValidationException'],
  ['PutParameter', { Name: 'new', Value: 'x', Type: 'Text' }, 'ValidationException'],
  ['GetParameter', { Name: 'none' }, 'ParameterNotFound'],
  ['GetParameter', { Name: 'there:9' }, 'ParameterVersionNotFound'],
  ['DeleteParameter', { Name: 'none' }, 'ParameterNotFound'],
  ['DescribeParameters', { MaxResults: 51 }, 'ValidationException'],
  ['DescribeParameters', { NextToken: 'none' }, 'InvalidNextToken'],
  ['DescribeParameters', { ParameterFilters: [{ Key: 'Tier', Values: ['a'] }] }, 'InvalidFilterKey'],
  ['DescribeParameters', { ParameterFilters: [{ Key: 'None', Values: ['a'] }] }, 'ValidationException'],
  ['DescribeParameters', { ParameterFilters: [{ Key: 'Name', Values: [] }] }, 'InvalidFilterValue'],
  [
    'DescribeParameters',
    { ParameterFilters: [{ Key: 'Name', Option: 'Near', Values: ['a'] }] },
    'InvalidFilterOption',
  ],
])('%s of %j is refused with %s', (action, input, code) => {
  const { put, call } = start()
  put('there')
  expect(() => call(action, input)).toThrow(expect.objectContaining({ code }))
})
