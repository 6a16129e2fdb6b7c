/**
 * A test of whether a text fits a wildcard such as `*.jpg`; undefined if EventBridge refuses it: two stars in a row, or
 * a backslash before anything but a star or a backslash. In linear time whatever the pattern, as a regular expression
 * would not be.
 */
export function wildcardOf(pattern: string): ((text: string) => boolean) | undefined {
  const parts = ['']
  for (let at = 0; at < pattern.length; at += 1) {
    let character = pattern[at]!
    if (character === '*') {
      if (pattern[at + 1] === '*') return undefined
      parts.push('')
      continue
    }
    if (character === '\\') {
      at += 1
      character = pattern[at] ?? ''
      if (character !== '*' && character !== '\\') return undefined
    }
    parts[parts.length - 1] += character
  }
  const [first = '', ...rest] = parts
  const last = rest.pop()
  if (last === undefined) return text => text === first
  return text => {
    if (!text.startsWith(first) || !text.endsWith(last)) return false
    let from = first.length
    for (const part of rest) {
      const found = text.indexOf(part, from)
      if (found < 0) return false
      from = found + part.length
    }
    return from <= text.length - last.length
  }
}
