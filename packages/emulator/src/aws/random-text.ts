const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Characters of the alphabet, as many as told, by a source of numbers from 0 (included) to 1 (excluded). */
export function randomText(random: () => number, length: number, alphabet = letters): string {
  return Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('')
}

export function randomHex(random: () => number, length: number): string {
  return randomText(random, length, '0123456789abcdef')
}

/** In the form of a UUID of version 4. */
export function randomId(random: () => number): string {
  const hex = (length: number) => randomHex(random, length)
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`
}
