import { isIPv6 } from 'node:net'

/** An IP address as a number; `bits` tells version 4 from version 6. */
export interface Address {
  readonly bits: 32 | 128
  readonly value: bigint
}

/** Whether both are the same address. */
export function sameAddress(one: Address, other: Address | undefined): boolean {
  return other !== undefined && one.bits === other.bits && one.value === other.value
}

/** The address a text spells, or undefined if it is none. */
export function addressOf(text: string): Address | undefined {
  const four = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text)?.slice(1).map(Number)
  if (four) return four.every(part => part < 256) ? { bits: 32, value: joined(four, 8n) } : undefined
  // No zone and no dotted tail: EventBridge knows colons and hex digits only.
  if (!/^[\da-f:]+$/i.test(text) || !isIPv6(text)) return undefined
  const [head = '', tail] = text.split('::')
  const front = groups(head)
  const back = groups(tail ?? '')
  const zeros = Array<number>(8 - front.length - back.length).fill(0)
  return { bits: 128, value: joined([...front, ...zeros, ...back], 16n) }
}

/**
 * A test of whether an address is in a block such as `10.0.0.0/24`; undefined if the text is no block. As with the
 * service, a block of one address (/32, /128) is none: write the address.
 */
export function blockOf(text: string): ((address: Address) => boolean) | undefined {
  const [base = '', mask = '', ...more] = text.split('/')
  const block = addressOf(base)
  if (!block || more.length > 0 || !/^\d+$/.test(mask) || Number(mask) >= block.bits) return undefined
  const shift = BigInt(block.bits - Number(mask))
  return ({ bits, value }) => bits === block.bits && value >> shift === block.value >> shift
}

function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map(group => Number.parseInt(group, 16))
}

function joined(parts: readonly number[], width: bigint): bigint {
  return parts.reduce((sum, part) => (sum << width) | BigInt(part), 0n)
}
