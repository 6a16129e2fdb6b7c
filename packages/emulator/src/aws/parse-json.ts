/** What nests deeper can be parsed, but neither be walked nor written again without an overflow of the stack. */
export const maxLevels = 1_000

/**
 * JSON.parse for texts from outside.
 *
 * @throws SyntaxError for what is no JSON, or nests deeper than 1,000 levels.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  // A level takes two characters at least.
  if (text.length > 2 * maxLevels && nestsTooDeep(value)) {
    throw new SyntaxError(`JSON nests deeper than ${maxLevels} levels`)
  }
  return value
}

/** Whether a value nests deeper than 1,000 levels, as every value does that contains itself. */
export function nestsTooDeep(value: unknown): boolean {
  let level = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxLevels) return true
    const inner: unknown[] = []
    for (const one of level) {
      if (typeof one !== 'object' || one === null) continue
      for (const each of Object.values(one)) if (typeof each === 'object' && each !== null) inner.push(each)
    }
    level = inner
  }
  return false
}
