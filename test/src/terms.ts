import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './imports.ts'

/** Terms that a guide links to docs/terminology.md where it first uses them, by the anchors of their headings. */
export const terms: Readonly<Record<string, RegExp>> = {
  circuit: /\bcircuits?\b/i,
  environment: /\benvironments?\b(?! variable)/i,
  fleet: /\bfleet\b(?!\.md)/i,
  snapshot: /\bsnapshots?\b/i,
  generation: /\bgenerations?\b/i,
  gate: /\bgates?\b(?! function)/i,
  override: /\boverrides?\b/i,
  outcome: /\boutcomes?\b/i,
  shed: /\bsheds?\b/i,
  suspect: /\bsuspect\b/i,
  probe: /\bprob(?:es?|ing)\b/i,
  permit: /\bpermits?\b/i,
  lease: /\bleases?\b/i,
  'slow-start': /\bslow start\b/i,
  relapse: /\brelapses?\b/i,
}

const blank = (text: string) => text.replaceAll(/[^\n]/g, ' ')

/** The prose of a page, every character at its place: without headings, code, generated tables and targets of links. */
function prose(text: string): string {
  return text
    .replaceAll(/^```.*?^```/gms, blank)
    .replaceAll(/^<!-- (.*) begin -->$.*?^<!-- \1 end -->$/gms, blank)
    .replaceAll(/^#.*$/gm, blank)
    .replaceAll(/`[^`\n]*`/g, blank)
    .replaceAll(/\]\([^)]*\)/g, blank)
}

/** Terms whose first use in a page is no link to their explanation, with the line. */
export function unlinkedTerms(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8')
  const words = prose(text)
  return Object.entries(terms).flatMap(([anchor, pattern]) => {
    const found = pattern.exec(words)
    if (!found) return []
    const behind = text.slice(found.index + found[0].length)
    if (new RegExp(String.raw`^\]\([^)]*terminology\.md#${anchor}\)`).test(behind)) return []
    return [`${page}:${text.slice(0, found.index).split('\n').length} ${found[0]} (#${anchor})`]
  })
}
