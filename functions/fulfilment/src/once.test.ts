import { expect, it } from 'vitest'
import { remember } from './once.ts'

it('keeps a thousand answers', async () => {
  const once = remember<number>()
  let done = 0
  const work = async () => ++done
  for (let key = 0; key < 1_001; key++) await once(`${key}`, work)
  expect(await once('1', work)).toBe(2)
  expect(await once('0', work)).toBe(1_002)
})

it('forgets a failure, but not what was done since', async () => {
  const once = remember<string>()
  await expect(once('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await once('a', async () => 'done')).toBe('done')
  expect(await once('a', async () => 'again')).toBe('done')
})
