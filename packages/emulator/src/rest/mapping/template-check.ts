import { invalid } from '@breakwater/circuit/shared'
import { parse } from 'velocityjs'
import { methodNames } from './java.ts'
import { parseJsonPath } from './json-path.ts'
import type { Node } from './velocity.ts'

/** Members of each variable of API Gateway; undefined for one that holds values, which have any property. */
const variables: Record<string, readonly string[] | undefined> = {
  input: ['body', 'json', 'path', 'params'],
  util: ['escapeJavaScript', 'parseJson', 'urlEncode', 'urlDecode', 'base64Encode', 'base64Decode'],
}

/** Directives that velocityjs renders otherwise than Velocity does, or not at all. */
const refused = /#\{?(stop|break|parse|include|evaluate|define)\b/

const marker = '\u0001'

/**
 * Parses a mapping template, and finds its mistakes before a request does: a block that is not closed, a function that
 * API Gateway does not have, a path that does not work here.
 *
 * @throws TypeError naming the template and its mistake.
 */
export function parseTemplate(text: string, where: string, parsed: Map<string, Node[]>): Node[] {
  const directive = refused.exec(text)?.[0]
  if (directive) throw invalid(where, directive, '#set, #if, #elseif, #else, #foreach, #macro and #end')
  checkBlocks(text, where)
  const nodes = parse(text) as Node[]
  check(nodes, where, parsed)
  return nodes
}

/** velocityjs renders what follows an unclosed block twice, and leaves out what follows a superfluous #end. */
function checkBlocks(text: string, where: string): void {
  let nodes: unknown[]
  try {
    nodes = parse(`${text}\n${marker}`)
  } catch (error) {
    throw invalid(where, (error as Error).message.split('\n').slice(0, 3).join(' '), 'a Velocity template')
  }
  const seen = JSON.stringify(nodes).split(JSON.stringify(marker).slice(1, -1)).length - 1
  const last = nodes.at(-1)
  if (seen === 1 && typeof last === 'string' && last.endsWith(marker)) return
  throw invalid(where, text, 'a template in which every #if, #foreach and #macro has its one #end')
}

function check(node: Node, where: string, parsed: Map<string, Node[]>): void {
  if (typeof node !== 'object' || node === null) return
  if (node.type === 'references') checkReference(node, where)
  if (node.type === 'method' && !methodNames.has(node.id) && !isOfVariable(node.id))
    throw invalid(where, node.id, `one of the methods ${[...methodNames].sort().join(', ')}`)
  if (node.type === 'string' && node.isEval && /[#$]/.test(node.value) && !parsed.has(node.value)) {
    parsed.set(node.value, parseTemplate(node.value, where, parsed))
  }
  for (const child of Object.values(node)) check(child, where, parsed)
}

function checkReference({ id, path }: Node, where: string): void {
  const members = Object.hasOwn(variables, id) ? variables[id] : undefined
  const [first] = Array.isArray(path) ? path : []
  if (!members || !first) return
  const isCall = first.type === 'method'
  if (!members.includes(first.id) || isCall === (first.id === 'body'))
    throw invalid(where, `$${id}.${first.id}`, members.map(name => `$${id}.${name}`).join(', '))
  const [argument] = isCall && Array.isArray(first.args) ? first.args : []
  const isPath = id === 'input' && (first.id === 'json' || first.id === 'path')
  if (!isPath || argument?.type !== 'string' || /\$[\w!{]/.test(argument.value)) return
  try {
    parseJsonPath(argument.value)
  } catch (error) {
    throw new TypeError(`${where}: ${(error as Error).message}`)
  }
}

function isOfVariable(name: string): boolean {
  return Object.values(variables).some(members => members?.includes(name))
}
