/**
 * Makes a JSONata expression as a state machine holds it.
 *
 * @example
 * expression('$states.input') // '{% $states.input %}'
 */
export function expression(jsonata: string): string {
  return `{% ${jsonata} %}`
}

/** True for a text that Step Functions evaluates. */
export function isExpression(text: string): boolean {
  return text.startsWith('{%') && text.endsWith('%}')
}

/** What stands for a value inside an expression: the JSONata of an expression, or a literal. */
export function inside(value: string | number): string {
  if (typeof value === 'string' && isExpression(value)) return `(${value.slice(2, -2).trim()})`
  return JSON.stringify(value)
}

/** The input of a state, to be handed on as it is. */
export const input = expression('$states.input')
