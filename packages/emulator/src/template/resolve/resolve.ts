import { invalid } from '@breakwater/circuit/shared'
import type { StackLocation } from '../naming.ts'
import type { ResolvedStacks, ResolveOptions, StackTemplate } from '../types.ts'
import { inOrder } from './order.ts'
import { type Export, StackResolver } from './stack-resolver.ts'
import type { OnReference } from './stack-scope.ts'
import { readTemplate } from './template.ts'

/**
 * Replaces all intrinsic functions of templates by their results: pure, and the same each time. Stacks refer to
 * each other by exports.
 *
 * @throws TypeError naming the place of whatever is not supported, refers to nothing, or goes in a circle.
 * @example
 * const { resources, outputs } = resolveStacks([{ name: 'Demo', template }])
 */
export function resolveStacks(
  stacks: readonly StackTemplate[],
  options: ResolveOptions = {},
): ResolvedStacks {
  const { region = 'us-east-1', account = '000000000000', parameters = {} } = options
  const { queueOrigin = `https://sqs.${region}.amazonaws.com` } = options
  const location: StackLocation = { region, account, queueOrigin }
  const exports = new Map<string, Export>()
  const importing: string[] = []

  function importValue(name: string, where: string, onReference: OnReference): unknown {
    const found = exports.get(name)
    if (!found)
      throw invalid(
        where,
        name,
        `an export of the stacks: ${[...exports.keys()].join(', ') || 'there is none'}`,
      )
    if (importing.includes(name)) throw invalid(where, [...importing, name].join(' → '), 'no circle')
    importing.push(name)
    try {
      return found.value(onReference)
    } finally {
      importing.pop()
    }
  }

  const names = new Set<string>()
  const resolvers = stacks.map(({ name, template }) => {
    if (typeof name !== 'string' || !/^[A-Za-z][\w-]{0,127}$/.test(name) || names.has(name)) {
      throw invalid('name', name, 'a name for each stack: letters, digits, - and _')
    }
    names.add(name)
    return new StackResolver(
      name,
      readTemplate(name, template),
      location,
      parameters[name] ?? {},
      importValue,
    )
  })
  for (const stray of Object.keys(parameters)) {
    if (!names.has(stray)) throw invalid('parameters', stray, `the name of a stack: ${[...names].join(', ')}`)
  }
  for (const exported of resolvers.flatMap(resolver => resolver.exports())) {
    const { name, where } = exported
    const twin = exports.get(name)
    if (twin) throw invalid(where, name, `an export’s name once: ${twin.where} has it as well`)
    exports.set(name, exported)
  }
  const resolved = resolvers.flatMap(resolver => resolver.resources())
  return {
    resources: inOrder(resolved),
    outputs: Object.fromEntries(resolvers.map(resolver => [resolver.stack, resolver.outputs()])),
  }
}
