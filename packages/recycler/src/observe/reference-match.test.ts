import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../test/tier.ts'
import type { Source } from '../model.ts'
import {
  anyHome,
  confusableParameters,
  confusableSecrets,
  match,
  parameterOf,
  place,
  regionAndAccount,
  secretOf,
  versionId,
} from './names.fixture.ts'
import type { ReferencePosition } from './reference.ts'

const exact = { match: 'exact', ambiguous: false }
const partial = { match: 'partial', ambiguous: false }
const doubtful = { match: 'partial', ambiguous: true }
const arnOf = (resource: string) => `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${resource}`
const registry: ReferencePosition = { ...place, use: 'registry' }

describe('a secret is named', () => {
  const db = secretOf('db', 'AbCdEf')

  it.each([
    ['by its ARN', arnOf('db-AbCdEf'), place, exact],
    ['by its ARN with a key', arnOf('db-AbCdEf:user::'), place, exact],
    ['by its ARN with a version', arnOf('db-AbCdEf:::a1b2'), place, exact],
    ['by its ARN without the suffix', arnOf('db'), place, partial],
    ['by its name where that is the name of a secret', 'db', registry, exact],
    ['by the parameter that stands for it', '/aws/reference/secretsmanager/db', place, exact],
  ])('%s', (_, written, at, expected) => {
    expect(match(written, db, at)).toEqual(expected)
  })

  it.each([
    ['by another suffix, as after it was deleted and made anew', arnOf('db-GhIjKl'), place],
    ['by the beginning of its ARN', arnOf('db-AbCdE'), place],
    ['by a longer ARN', arnOf('db-AbCdEf-GhIjKl'), place],
    ['by a longer name', arnOf('db-prod'), place],
    ['by a shorter name', arnOf('d'), place],
    ['in capitals', arnOf('DB'), place],
    ['by a parameter of the same name', 'db', place],
    ['by the name with its suffix', 'db-AbCdEf', registry],
    ['from another region', arnOf('db').replace('eu-west-1', 'eu-west-2'), place],
    ['from another account', arnOf('db').replace('2:', '3:'), place],
    ['from another partition', arnOf('db').replace('aws', 'aws-us-gov'), place],
    [
      'by a name looked up in another region',
      'db',
      { ...registry, regionAndAccount: { ...regionAndAccount, region: 'eu-west-2' } },
    ],
  ])('not %s', (_, written, at) => {
    expect(match(written, db, at)).toBeUndefined()
  })

  it('with doubt, if its name ends like an ARN and the suffix is left out', () => {
    const confusing = secretOf('db-AbCdEf', 'GhIjKl')
    expect(match(arnOf('db-AbCdEf'), confusing)).toEqual(doubtful)
    expect(match(arnOf('db-AbCdEf'), db)).toEqual(exact)
    expect(match(arnOf('db-AbCdEf-GhIjKl'), confusing)).toEqual(exact)
    expect(match(arnOf('db'), confusing)).toBeUndefined()
    expect(match(arnOf('db-prod'), secretOf('db-prod', 'AbCdEf'))).toEqual(partial)
  })

  it('not by anything, if its own ARN is none', () => {
    expect(match('db', { ...db, arn: 'db' }, registry)).toBeUndefined()
  })
})

describe('a parameter is named', () => {
  const arn = 'arn:aws:ssm:eu-west-1:123456789012:parameter'

  it.each([
    ['by its ARN', `${arn}/prod/db`, '/prod/db'],
    ['by its ARN without slashes', `${arn}/db`, 'db'],
    ['by its ARN, which it shares with that without a slash', `${arn}/db`, '/db'],
    ['by its name', '/prod/db', '/prod/db'],
    ['by its name and a version', '/prod/db:3', '/prod/db'],
    ['by its name without slashes', 'db', 'db'],
  ])('%s', (_, written, name) => {
    expect(match(written, parameterOf(name))).toEqual(exact)
  })

  it.each([
    ['by a name without its slash', 'db', '/db'],
    ['by a name with a slash', '/db', 'db'],
    ['by part of its path', '/prod', '/prod/db'],
    ['by the end of its path', `${arn}/db`, '/prod/db'],
    ['by a longer name', 'db-prod', 'db'],
    ['from another account', `${arn}/db`.replace('2:', '3:'), 'db'],
  ])('not %s', (_, written, name) => {
    expect(match(written, parameterOf(name))).toBeUndefined()
  })

  it('not where the text stands for a secret', () => {
    expect(match('/aws/reference/secretsmanager/db', parameterOf('db'))).toBeUndefined()
  })
})

describe('of two that are easily confused, a text made of one', () => {
  const tail = fc.oneof(
    fc.constantFrom('', ':key', ':key::', '::BLUE:'),
    versionId.map(id => `:::${id}`),
  )

  it('names that secret and no other, but where it truly may be either', () => {
    let doubts = 0
    const form = fc.constantFrom('whole', 'partial', 'name', 'parameter', 'parameter-arn')
    fc.assert(
      fc.property(confusableSecrets, anyHome, form, tail, ([mine, other], elsewhere, form, tail) => {
        const [one, two] = [secretOf(...mine), secretOf(...other)]
        const stem = one.arn.slice(0, -7)
        const named = `/aws/reference/secretsmanager/${one.name}`
        const [written, at] = {
          whole: [one.arn + tail, place] as const,
          partial: [stem + tail, place] as const,
          name: [one.name, registry] as const,
          parameter: [named, place] as const,
          'parameter-arn': [`arn:aws:ssm:eu-west-1:123456789012:parameter${named}`, place] as const,
        }[form]
        // Worked out from the whole ARNs alone: Secrets Manager takes a text for a whole ARN where it is one.
        const eitherWhole = form === 'partial' && stem === two.arn
        const eitherPartial = form === 'whole' && one.arn === two.arn.slice(0, -7)
        if (eitherWhole || eitherPartial) doubts++

        const own = match(written, one, at)!
        expect(own.match).toBe(form === 'partial' ? 'partial' : 'exact')
        expect(own.ambiguous).toBe(form === 'partial' && /-[A-Za-z0-9]{6}$/.test(one.name))
        if (eitherWhole) expect(own.ambiguous).toBe(true)
        expect(match(written, two, at)).toEqual(eitherWhole ? exact : eitherPartial ? doubtful : undefined)

        const far = secretOf(...mine, elsewhere)
        expect(match(written, far, at)).toEqual(elsewhere === regionAndAccount ? own : undefined)
      }),
      { numRuns: runs(200, 2_000), seed: 6 },
    )
    expect(doubts).toBeGreaterThan(20)
  })

  it('names that parameter and no other, but those that share an ARN', () => {
    let shared = 0
    fc.assert(
      fc.property(confusableParameters, anyHome, fc.boolean(), ([mine, other], elsewhere, byArn) => {
        const [one, two] = [parameterOf(mine), parameterOf(other)]
        const written = byArn ? one.arn : one.name
        const both = byArn && one.arn === two.arn
        if (both) shared++
        expect(match(written, one)).toEqual(exact)
        expect(match(written, two)).toEqual(both ? exact : undefined)
        expect(match(written, parameterOf(mine, elsewhere))).toEqual(
          elsewhere === regionAndAccount ? exact : undefined,
        )
      }),
      { numRuns: runs(300, 2_000), seed: 6 },
    )
    expect(shared).toBeGreaterThan(3)
  })

  it('never names a secret by what a parameter is called, nor the other way round', () => {
    const swapped = (source: Source): Source => ({
      ...source,
      kind: source.kind === 'secret' ? 'parameter' : 'secret',
    })
    fc.assert(
      fc.property(confusableSecrets, ([mine]) => {
        const secret = secretOf(...mine)
        expect(match(secret.arn, swapped(secret))).toBeUndefined()
        const parameter = parameterOf('db')
        expect(match(parameter.arn, swapped(parameter))).toBeUndefined()
      }),
      { numRuns: 50 },
    )
  })
})
