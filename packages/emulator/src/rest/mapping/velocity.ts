import { Compile, Helper, parse } from 'velocityjs'
import { callMethod, own, toText } from './java.ts'
import { isMap } from './json-path.ts'

/** A node of velocityjs's syntax tree; its own types are too loose to help. */
// biome-ignore lint/suspicious/noExplicitAny: the methods below override ones that are typed so
export type Node = any

const handlers = [
  {
    uid: 'java',
    match: () => true,
    resolve: ({ context, property, params }: { context: unknown; property: string; params: unknown[] }) =>
      callMethod(context, property, params),
  },
]

/** Variables whose references without a value API Gateway renders as nothing, unlike others. */
const quiet = ['input', 'util', 'context', 'stageVariables']

/**
 * velocityjs with the semantics of Velocity's Java engine where they differ: only null and false are false, `==`
 * compares values of different types as text, whole numbers divide to whole ones, `#set` to nothing changes nothing,
 * and values have Java's methods.
 */
export class Velocity extends Compile {
  readonly #parsed: Map<string, Node[]>
  #loops = 0

  /** @param parsed the trees of the texts in double quotes, filled as they are met */
  constructor(nodes: Node[], parsed: Map<string, Node[]>) {
    super(nodes, { customMethodHandlers: handlers } as never)
    this.#parsed = parsed
  }

  override getReferences(node: Node, isRendered?: boolean): Node {
    const value: unknown = super.getReferences(node)
    if (!isRendered) return value
    if (value !== undefined && value !== null) return toText(value)
    return node.leader === '$!' || quiet.includes(node.id) ? '' : Helper.getRefText(node)
  }

  override getLiteral(node: Node): Node {
    return node.type === 'constant' ? node.value : super.getLiteral(node)
  }

  override setValue(node: Node): void {
    const value: unknown = this.getExpression(node.equal[1])
    if (value === undefined || value === null) return
    super.setValue({ ...node, equal: [node.equal[0], { type: 'constant', value }] })
  }

  /** A property, as `$value.name`. */
  getAttributes(property: Node, base: unknown, node: Node): unknown {
    if (base === undefined || base === null) return undefined
    if (property.type === 'property') return own(base, property.id)
    if (property.type === 'index') {
      const key = this.getLiteral(property.id) as unknown
      return Array.isArray(base) ? base[Number(key)] : own(base, toText(key))
    }
    // velocityjs has it, but not in its types.
    return (this as Node).getPropMethod(property, base, node)
  }

  override getExpression(node: Node): Node {
    if (node.type !== 'math') return this.getLiteral(node)
    const [left, right] = node.expression
    switch (node.operator) {
      case 'not':
        return !this.#holds(left)
      case '&&':
        return this.#holds(left) && this.#holds(right)
      case '||':
        return this.#holds(left) || this.#holds(right)
      case 'parenthesis':
        return this.getExpression(left)
      case 'minus':
        return -this.getExpression(left)
      default:
        return compute(node.operator, this.getExpression(left), this.getExpression(right))
    }
  }

  getBlockIf(block: Node[]): string {
    let taken: Node[] | undefined
    for (const node of block) {
      const isBranch = node.type === 'if' || node.type === 'elseif' || node.type === 'else'
      if (!isBranch) taken?.push(node)
      else if (taken) break
      else if (node.type === 'else' || this.#holds(node.condition)) taken = []
    }
    return this.renderAstList(taken ?? [], this.contextId)
  }

  getBlockEach([each, ...body]: Node[]): string {
    const from: unknown = this.getLiteral({ ...each.from, pos: each.pos })
    const items = Array.isArray(from) ? from : isMap(from) ? Object.values(from) : []
    const scope = `foreach:own${this.#loops++}`
    let text = ''
    for (const [index, item] of items.entries()) {
      const foreach = { count: index + 1, index, hasNext: index + 1 < items.length }
      this.local[scope] = { [each.to]: item, foreach, velocityCount: index + 1 }
      text += this.renderAstList(body, scope)
    }
    if (items.length > 0) {
      delete this.local[scope]
      this.conditions.shift()
      this.contextId = this.conditions[0] ?? ''
    }
    return text
  }

  override evalStr(text: string): string {
    const nodes = this.#parsed.get(text) ?? parse(text)
    this.#parsed.set(text, nodes)
    return this.renderAstList(nodes, this.contextId)
  }

  #holds(node: Node): boolean {
    const value: unknown = this.getExpression(node)
    return value !== undefined && value !== null && value !== false
  }
}

function compute(operator: string, left: unknown, right: unknown): unknown {
  if (operator === '==') return isSame(left, right)
  if (operator === '!=') return !isSame(left, right)
  if (operator === '+' && (typeof left === 'string' || typeof right === 'string'))
    return toText(left) + toText(right)
  const comparison = operator === '<' || operator === '>' || operator === '<=' || operator === '>='
  // Java's engine logs such an operand, and goes on with null or false.
  if (typeof left !== 'number' || typeof right !== 'number') return comparison ? false : undefined
  switch (operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      if (!Number.isInteger(left) || !Number.isInteger(right)) return left / right
      return right === 0 ? undefined : Math.trunc(left / right)
    case '%':
      return right === 0 ? undefined : left % right
    case '<':
      return left < right
    case '<=':
      return left <= right
    case '>':
      return left > right
    default:
      return left >= right
  }
}

function isSame(left: unknown, right: unknown): boolean {
  const [some, other] = [left ?? null, right ?? null]
  if (some === null || other === null || typeof some === typeof other) return some === other
  return toText(some) === toText(other)
}
