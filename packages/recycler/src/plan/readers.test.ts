import { describe, expect, it } from 'vitest'
import type { Reference } from '../model.ts'
import { aMove, aReference, aRevision, secretArn } from './facts.fixture.ts'
import { readingOf } from './readers.ts'

const where = (path: string, fields: Partial<Reference> = {}) =>
  aReference('prod/db', { where: path, ...fields })
const reading = (
  references: readonly Reference[],
  labelChange = aMove(),
  resolved = new Map<string, string>(),
) => readingOf(labelChange, aRevision('app', { references }), resolved)

describe('a reader of a source', () => {
  it('names it, once or several times', () => {
    expect(reading([where('a'), where('b'), aReference('prod/other')])).toEqual({
      by: 'label',
      where: ['a', 'b'],
      ambiguous: false,
    })
    expect(reading([aReference('prod/other')])).toBeUndefined()
    expect(reading([])).toBeUndefined()
  })

  it('gains nothing by a reference to a version, but by another beside it', () => {
    const version = where('a', { versionId: 'x' })
    expect(reading([version])).toEqual({ by: 'version', where: ['a'], ambiguous: false })
    expect(reading([version, where('b')])).toMatchObject({ by: 'label', where: ['b'] })
  })

  it('is not concerned by a label that did not move', () => {
    expect(reading([where('a', { label: 'blue' })])).toBeUndefined()
    expect(reading([where('a')], aMove({ label: 'blue' }))).toBeUndefined()
    expect(reading([where('a', { label: 'blue' })], aMove({ label: 'blue' }))).toMatchObject({
      by: 'label',
    })
    expect(reading([where('a', { label: 'AWSCURRENT' })])).toMatchObject({ by: 'label' })
  })

  it('is concerned by AWSPREVIOUS, which moves together with AWSCURRENT', () => {
    expect(reading([where('a', { label: 'AWSPREVIOUS' })])).toMatchObject({ by: 'label' })
    expect(reading([where('a', { label: 'AWSPREVIOUS' })], aMove({ label: 'blue' }))).toBeUndefined()
  })

  it('of a parameter reads its latest version unless it names one', () => {
    const arn = 'arn:aws:ssm:eu-west-1:111122223333:parameter/db'
    const labelChange = aMove({
      kind: 'parameter',
      source: arn,
      name: '/db',
      label: 'LATEST',
      versionId: '7',
    })
    const parameter = (fields: Partial<Reference>) =>
      aReference('/db', { kind: 'parameter', name: '/db', written: '/db', ...fields })
    expect(reading([parameter({})], labelChange)).toMatchObject({ by: 'label' })
    expect(reading([parameter({ versionId: '3' })], labelChange)).toMatchObject({ by: 'version' })
    expect(reading([parameter({ label: 'stable' })], labelChange)).toBeUndefined()
  })

  describe('where the text may mean two secrets', () => {
    // It is the ARN without a suffix of db-AbCdEf, or the whole one of db.
    const written = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf'
    const ambiguous = aReference('db-AbCdEf', { written, name: 'db-AbCdEf' })
    const labelChange = aMove({ name: 'db-AbCdEf', source: secretArn('db-AbCdEf') })

    it('is one that really means it', () => {
      expect(reading([ambiguous], labelChange, new Map([[written, labelChange.source]]))).toMatchObject({
        ambiguous: false,
      })
      expect(reading([ambiguous], labelChange, new Map([[written, written]]))).toBeUndefined()
    })

    it('is also one that may mean it, which is reported as ambiguous', () => {
      expect(reading([ambiguous], labelChange)).toMatchObject({ by: 'label', ambiguous: true })
      const whole = aReference('db-AbCdEf', { name: 'db-AbCdEf-a1b2c3' })
      expect(reading([ambiguous, whole], labelChange)).toMatchObject({ by: 'label', ambiguous: false })
    })
  })
})
