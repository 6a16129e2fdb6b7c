import { invalid } from '@breakwater/circuit/shared'

/** A step is a name or a place in an array: `.name`, `['name']` or `[0]`. */
const step = /\.([A-Za-z_][\w-]*)|\['([^']+)'\]|\["([^"]+)"\]|\[(\d+)\]/y

/**
 * Makes of a JSON path what reads its value; undefined where there is none.
 *
 * @throws TypeError for anything but plain steps: filters, slices and wildcards are not supported.
 * @example
 * readerOf('InputPath', '$.detail.circuit')(event)
 */
export function readerOf(name: string, path: unknown): (value: unknown) => unknown {
  const wrong = () => invalid(name, path, "a path of plain steps, such as $.detail.items[0]['some name']")
  if (typeof path !== 'string' || !path.startsWith('$')) throw wrong()
  const steps: string[] = []
  step.lastIndex = 1
  while (step.lastIndex < path.length) {
    const found = step.exec(path)
    if (!found) throw wrong()
    steps.push(found.slice(1).find(part => part !== undefined)!)
  }
  return value => {
    let at = value
    for (const key of steps) {
      if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
      at = (at as Record<string, unknown>)[key]
    }
    return at
  }
}
