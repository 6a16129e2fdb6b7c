/** A page of a list, and the token of the next page. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly token: string | undefined
}

/**
 * Cuts a page out of a list, after the item that the token names.
 *
 * @param size maximum number of items
 * @param keyOf identifies an item
 * @returns undefined for a token that was never given
 */
export function pageOf<T>(
  all: readonly T[],
  size: number,
  token: string | undefined,
  keyOf: (item: T) => string,
): Page<T> | undefined {
  const after = token === undefined ? undefined : keyIn(token)
  const from = after === undefined ? 0 : all.findIndex(item => keyOf(item) === after) + 1
  // The item that the token names may be gone by now; the service refuses the token, too.
  if (token !== undefined && from === 0) return undefined
  const items = all.slice(from, from + size)
  const more = from + items.length < all.length
  return { items, token: more ? Buffer.from(keyOf(items.at(-1)!)).toString('base64url') : undefined }
}

function keyIn(token: string): string {
  return Buffer.from(token, 'base64url').toString()
}
