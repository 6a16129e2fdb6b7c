/** The policies that guides and READMEs print are those that the code needs. */
import { globSync, readFileSync } from 'node:fs'
import { partitions, tablePermissions } from '@breakwater/dynamodb/schema'
import { expect, it } from 'vitest'

const root = new URL('../..', import.meta.url).pathname
const pages = globSync(['docs/**/*.md', '{packages,functions,statemachines,infra}/{,*/}README.md'], {
  cwd: root,
  exclude: ['**/node_modules/**'],
})

interface Statement {
  readonly Action: string | readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

/** Statements about the table in the policies of a page. */
function onTable(page: string): readonly Statement[] {
  const text = readFileSync(`${root}/${page}`, 'utf8')
  return [...text.matchAll(/```json\n([\s\S]*?)```/g)]
    .map(([, json]) => json!)
    .filter(json => json.includes('"Statement"'))
    .flatMap(json => JSON.parse(json).Statement as Statement[])
    .filter(({ Action }) => String(Action).includes('dynamodb:'))
}

/** A statement as actions and the kinds of partitions that it is for. */
function kindOf({ Action, Condition = {} }: Statement): string {
  const keys = Object.values(Condition).flatMap(one => one['dynamodb:LeadingKeys'] ?? ['*'])
  const kinds = keys.map(key => Object.entries(partitions).find(([, prefix]) => key.startsWith(prefix))?.[0])
  return `${[Action].flat().toSorted()} on ${[...new Set(kinds)].toSorted()}`
}

const known = new Set(
  Object.values(tablePermissions)
    .flat()
    .map(one => `${one.actions.toSorted()} on ${one.partitions.toSorted()}`),
)
const withPolicies = pages.filter(page => onTable(page).length > 0)

it('the pages with policies on the table are found', () => {
  expect(withPolicies.length).toBeGreaterThanOrEqual(6)
})

it.each(withPolicies)('%s allows on the table what one of its users needs, and nothing more', page => {
  for (const statement of onTable(page)) expect(known).toContain(kindOf(statement))
})
