import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../test/tier.ts'
import { changeIdOf } from './label-change.ts'

const labelChange = {
  source: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-a1b2c3',
  label: 'AWSCURRENT',
  sequence: 3,
  name: 'prod/db',
}

describe('the name of a change', () => {
  it('is readable', () => {
    expect(changeIdOf(labelChange)).toMatchInlineSnapshot(`"prod-db-8fa5d6514bdf-3"`)
  })

  it('is another for another source, label or sequence, and the same for the same', () => {
    const others = [
      { ...labelChange, source: `${labelChange.source}x` },
      { ...labelChange, label: 'blue' },
      { ...labelChange, sequence: 4 },
    ]
    const ids = [labelChange, ...others].map(changeIdOf)
    expect(new Set(ids).size).toBe(4)
    expect(changeIdOf({ ...labelChange })).toBe(ids[0])
  })

  it('is what may begin the name of an execution, whatever the name of the source', () => {
    const names = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom('', '///', 'é', '-'))
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (name, sequence) => {
        expect(changeIdOf({ ...labelChange, name, sequence })).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
      }),
      { seed: 6, numRuns: runs(100, 1_000) },
    )
  })
})
