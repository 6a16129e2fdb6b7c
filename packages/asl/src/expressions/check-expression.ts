/** A field of `$states`. Which of them exist depends on the field that an expression is in. */
export type StatesField = 'input' | 'context' | 'result' | 'errorOutput'

interface Node {
  readonly type?: string
  readonly value?: unknown
  readonly steps?: readonly Node[]
}

const statesFields: readonly string[] = ['input', 'context', 'result', 'errorOutput']

/**
 * Refuses valid JSONata that Step Functions refuses: `$eval`, names without `$` at the top, and fields of `$states`
 * that do not exist in the field that the expression is in.
 *
 * @throws Error with the reason.
 */
export function checkExpression(root: Node, states: readonly StatesField[]): void {
  const first = root.type === 'path' ? root.steps?.[0] : root
  if (first?.type === 'name') {
    throw new Error(
      `${String(first.value)} stands alone; allowed is $states.input.${String(first.value)}, or a variable`,
    )
  }
  const seen = new Set<object>()
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null || seen.has(node)) return
    seen.add(node)
    const { type, value, steps } = node as Node
    if (type === 'variable' && value === 'eval') throw new Error('$eval is not allowed; $parse reads JSON')
    if (type === 'path' && steps?.[0]?.type === 'variable' && steps[0].value === 'states') {
      checkField(steps[1], states)
    }
    for (const child of Object.values(node)) walk(child)
  }
  walk(root)
}

function checkField(step: Node | undefined, states: readonly StatesField[]): void {
  const { type, value } = step ?? {}
  if (type !== 'name' || (states as readonly unknown[]).includes(value)) return
  const known = statesFields.includes(String(value)) ? 'is not there in this field' : 'does not exist'
  throw new Error(
    `$states.${String(value)} ${known}; allowed is ${states.map(name => `$states.${name}`).join(', ')}`,
  )
}
