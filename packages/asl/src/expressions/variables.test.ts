import fc from 'fast-check'
import { expect, it } from 'vitest'
import { machineOf, run } from '../asl.fixture.ts'
import { createStateMachine } from '../state-machine.ts'
import { Variables } from './variables.ts'

const name = fc.constantFrom('a', 'b', 'c', 'd')

it('an inner scope reads the outer variables as they were when it began, and changes none of them', () => {
  const assigned = fc.dictionary(name, fc.integer())
  fc.assert(
    fc.property(assigned, assigned, assigned, (before, inside, after) => {
      const outer = new Variables()
      outer.set(before)
      const inner = new Variables(outer)
      expect(inner.values).toEqual(before)
      inner.set(inside)
      expect(outer.values).toEqual(before)
      outer.set(after)
      expect(inner.values).toEqual({ ...before, ...inside })
      expect(outer.values).toEqual({ ...before, ...after })
    }),
  )
})

/** A machine whose levels assign these variables, one inside the other. */
function nested([own = [], ...deeper]: readonly (readonly string[])[], level = 0): object {
  const Assign = Object.fromEntries(own.map(variable => [variable, level]))
  const set = `set ${level}`
  if (deeper.length === 0) return machineOf({ [set]: { Type: 'Pass', Assign, Output: seen, End: true } })
  const { QueryLanguage, ...branch } = nested(deeper, level + 1) as { QueryLanguage: string }
  const inside = { Type: 'Parallel', Branches: [branch], Output: '{% $states.result[0] %}', End: true }
  const look = { Type: 'Pass', Output: seen, Next: `in ${level}` }
  return machineOf({
    [set]: { Type: 'Pass', Assign, Next: `look ${level}` },
    [`look ${level}`]: look,
    [`in ${level}`]: inside,
  })
}
const seen = { seen: '{% [$exists($a), $exists($b), $exists($c), $exists($d)] %}' }

it('a definition is refused exactly where a level assigns a variable of an outer level', async () => {
  const levels = fc.array(fc.uniqueArray(name, { maxLength: 2 }), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(levels, async names => {
      const all = names.flat()
      const definition = nested(names)
      const create = () => createStateMachine(definition, { integrations: () => null })
      if (new Set(all).size < all.length) {
        expect(create).toThrow('Assign.')
        return
      }
      expect(create).not.toThrow()
      // The innermost level sees the variables of all others, and not yet its own.
      const { States } = definition as { States: Record<string, object> }
      const outer: readonly string[] = names.slice(0, -1).flat()
      const expected = { seen: ['a', 'b', 'c', 'd'].map(variable => outer.includes(variable)) }
      expect((await run(States)).output).toEqual(expected)
    }),
    { numRuns: 60 },
  )
})
