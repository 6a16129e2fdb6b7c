import type { Assign, ChoiceRule, ChoiceState } from '@breakwater/workflows'
import { expression } from './jsonata.ts'
import type { RecycleInput } from './protocol.ts'

const input = '$states.input'
const maxSecretIdLength = 2_048
const maxLabelLength = 256

const fields: Readonly<Record<keyof RecycleInput, string>> = {
  secretId: `a text of 1 to ${maxSecretIdLength} characters`,
  label: `a text of 1 to ${maxLabelLength} characters`,
  sequence: 'a whole number from 1 on',
  dryRun: 'true or false',
}

/** Never errs, whatever type stands there: JSONata may look at both sides of an `and`. */
const isText = (value: string, maxLength: number) =>
  `($type(${value}) = 'string' ? ($length(${value}) > 0 and $length(${value}) <= ${maxLength}) : false)`
const isCount = (value: string) =>
  `($type(${value}) = 'number' ? (${value} >= 1 and $floor(${value}) = ${value}) : false)`

const good: Readonly<Record<keyof RecycleInput, string>> = {
  secretId: isText(`${input}.secretId`, maxSecretIdLength),
  label: isText(`${input}.label`, maxLabelLength),
  sequence: isCount(`${input}.sequence`),
  dryRun: `$type(${input}.dryRun) = 'boolean'`,
}

/** A misspelt `dryRun` must not recycle anything. */
const unknown = `$keys(${input})[$not($ in ${JSON.stringify(Object.keys(fields))})]`

/** The field that is meant by one that differs in nothing but capitals. */
const meant = `${JSON.stringify(Object.keys(fields))}[$lowercase($) = $lowercase(${unknown}[0])]`
const hint = `($exists(${meant}) ? '; did you mean ' & ${meant} & '?' : '')`

const rule = (condition: string, field: string, allowed: string, Next: string, more = "''"): ChoiceRule => ({
  Condition: expression(condition),
  Assign: {
    problem: {
      field: expression(field),
      message: expression(`${field} & ${JSON.stringify(`: allowed is ${allowed}`)} & ${more}`),
    },
  },
  Next,
})

/** Leaves what is wrong with the input in `$problem`, and sets the variables of the workflow where nothing is. */
export function checkInput(next: { readonly bad: string; readonly good: string }): ChoiceState {
  const names = Object.keys(fields) as (keyof RecycleInput)[]
  const variables: Assign = {
    request: expression(input),
    change: null,
    labelChange: null,
    remaining: null,
    recycled: 0,
    polls: 0,
    failed: [],
    ending: 'error',
    caught: {},
  }
  return {
    Type: 'Choice',
    Choices: [
      rule(`$type(${input}) != 'object'`, "'input'", `an object with ${names.join(', ')}`, next.bad),
      rule(`$exists(${unknown})`, `${unknown}[0]`, names.join(', '), next.bad, hint),
      ...names.map(name => {
        const isOptional = name !== 'secretId'
        const bad = `$not(${good[name]})`
        const condition = isOptional ? `$exists(${input}.${name}) and ${bad}` : bad
        return rule(condition, `'${name}'`, fields[name], next.bad)
      }),
    ],
    Assign: variables,
    Default: next.good,
  }
}
