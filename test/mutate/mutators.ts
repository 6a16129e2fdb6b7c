/** A node of Babel's syntax tree, as far as it is looked at here. */
interface Node {
  readonly type: string
  readonly value?: unknown
  readonly properties?: readonly Node[]
}

/** A mutator of Stryker. */
interface Mutator {
  readonly name: string
  mutate(path: { readonly node: Node }): Iterable<Node>
}

/** Numbers: one more, one less, and nothing at all. Stryker leaves them alone. */
const numbers: Mutator = {
  name: 'NumericLiteral',
  *mutate({ node }) {
    if (node.type !== 'NumericLiteral') return
    const value = node.value as number
    for (const other of new Set([value + 1, value - 1, 0])) {
      if (other !== value) yield numeric(other)
    }
  },
}

/** Objects without one of their properties or spreads. Stryker only empties them. */
const properties: Mutator = {
  name: 'ObjectProperty',
  *mutate({ node }) {
    if (node.type !== 'ObjectExpression' || !node.properties || node.properties.length < 2) return
    for (const one of node.properties) {
      yield { ...node, properties: node.properties.filter(other => other !== one) } as Node
    }
  },
}

function numeric(value: number): Node {
  const literal = { type: 'NumericLiteral', value: Math.abs(value) }
  return value < 0
    ? ({ type: 'UnaryExpression', operator: '-', prefix: true, argument: literal } as Node)
    : literal
}

/**
 * Gives Stryker the mutators that it lacks. It has no API for that, so this uses its internals; its version is
 * pinned, and one that is built otherwise is an error, not a score of fewer mutants.
 */
export async function addMutators(): Promise<void> {
  const inside = new URL('./mutators/mutate.js', import.meta.resolve('@stryker-mutator/instrumenter'))
  const { allMutators } = (await import(inside.href)) as { allMutators?: Mutator[] }
  if (!Array.isArray(allMutators))
    throw new Error(`no list of mutators in ${inside.href}: Stryker has changed`)
  allMutators.push(numbers, properties)
}
