import type { Json } from './plain.ts'

/** An expression of Terraform, as it stands. */
export class Expression {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** A block: `resource "aws_iam_role" "gate" { … }`. Values that are blocks themselves stand after its arguments. */
export class Block {
  readonly header: string
  readonly body: Readonly<Record<string, unknown>>

  constructor(header: string, body: Readonly<Record<string, unknown>>) {
    this.header = header
    this.body = body
  }
}

/** Writes blocks as `terraform fmt` formats them. */
export function hclOf(blocks: readonly Block[]): string {
  return blocks.map(block => blockOf(block, '')).join('\n')
}

function blockOf({ header, body }: Block, indent: string): string {
  const entries = Object.entries(body).filter(([, value]) => value !== undefined)
  const own = entries.filter(([, value]) => !(value instanceof Block))
  const nested = entries.flatMap(([, value]) => (value instanceof Block ? blockOf(value, `${indent}  `) : []))
  const parts = [...(own.length > 0 ? [argumentsOf(own, `${indent}  `)] : []), ...nested]
  return `${indent}${header} {\n${parts.join('\n')}${indent}}\n`
}

/** Arguments, a line each; the signs of those that follow each other and take one line are in one column. */
function argumentsOf(entries: readonly (readonly [string, unknown])[], indent: string): string {
  const lines = entries.map(([name, value]) => [keyOf(name), textOf(value, indent)] as const)
  const isShort = (index: number) => lines[index] !== undefined && !lines[index][1].includes('\n')
  const widthAt = (index: number) => {
    if (!isShort(index)) return 0
    let [from, to] = [index, index]
    while (isShort(from - 1)) from--
    while (isShort(to + 1)) to++
    return Math.max(...lines.slice(from, to + 1).map(([name]) => name.length))
  }
  return lines.map(([name, value], index) => `${indent}${name.padEnd(widthAt(index))} = ${value}\n`).join('')
}

function textOf(value: Json, indent: string): string {
  if (value instanceof Expression) return value.text.replaceAll('\n', `\n${indent}`)
  if (typeof value !== 'object' || value === null) return literal(value)
  if (Array.isArray(value)) {
    const items = value.map(one => textOf(one, `${indent}  `))
    const line = `[${items.join(', ')}]`
    if (items.every(item => !item.includes('\n')) && line.length <= 80) return line
    return `[\n${items.map(item => `${indent}  ${item},\n`).join('')}${indent}]`
  }
  return `{\n${argumentsOf(Object.entries(value), `${indent}  `)}${indent}}`
}

/** A call of jsonencode with a value. */
export function jsonencode(value: Json): Expression {
  return new Expression(`jsonencode(${textOf(value, '')})`)
}

const keyOf = (name: string) => (/^[A-Za-z_][\w-]*$/.test(name) ? name : literal(name))

/** A text is written with its references: `${var.name}`. Those of others have been escaped. */
const literal = (value: unknown) => JSON.stringify(value)
