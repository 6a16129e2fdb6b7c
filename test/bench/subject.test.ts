import { afterEach, describe, expect, it } from 'vitest'
import { libraries, rows } from './cases.ts'
import { check, fill, type Subject, type Subjects } from './subject.ts'
import { subjects as breakwater } from './subjects/breakwater.ts'
import { subjects as cockatiel } from './subjects/cockatiel.ts'
import { subjects as opossum } from './subjects/opossum.ts'

const all: Record<string, Subjects> = { breakwater, cockatiel, opossum }

describe.each(libraries)('%s', library => {
  const subjects = all[library]!
  const own = rows.filter(({ of }) => of.includes(library))
  let closing: Subject['close']

  afterEach(() => {
    closing?.()
    closing = undefined
  })

  it('has a subject for each of its cases, and no other', () => {
    expect(new Set(Object.keys(subjects))).toEqual(new Set(own.map(({ name }) => name)))
  })

  it.each(Object.keys(subjects))('does what is expected of it: %s', async name => {
    const subject = await subjects[name]!()
    if ('skipped' in subject) return expect(subject.skipped).toContain('yet')
    closing = subject.close
    const named = own.filter(row => row.name === name).map(({ id }) => id)
    expect(Object.keys(subject.calls)).toEqual(named)
    await check(subject)
    await subject.before?.()
    await check(subject)
  })
})

describe('check', () => {
  const bare = async () => 42
  const refuse = () => Promise.reject(new Error('open'))

  it.each([
    ['another answer', { answer: 42, calls: { closed: async () => 7 } }, 'closed: answered 7'],
    ['a rejection', { answer: 42, calls: { closed: refuse } }, 'closed: rejected with Error: open'],
    [
      'an answer in place of a rejection',
      { answer: 42, rejects: true, calls: { open: bare } },
      'open: answered 42',
    ],
    ['another error', { answer: () => false, rejects: true, calls: { open: refuse } }, 'open: rejected with'],
  ])('notices %s', async (_, subject, message) => {
    await expect(check({ bare, ...subject })).rejects.toThrow(message)
  })
})

it('fill begins with a success, and has failures', async () => {
  const made: string[] = []
  const ok = async () => made.push('ok')
  const bad = async () => made.push('bad')
  await fill(10_000, ok, bad)
  expect(made).toHaveLength(10_000)
  expect(made[0]).toBe('ok')
  expect(made.filter(what => what === 'bad')).toHaveLength(2)
})
