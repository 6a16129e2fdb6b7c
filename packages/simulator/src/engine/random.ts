/**
 * Repeatable random numbers: the same seed gives the same numbers on every machine. sfc32 of PractRand, seeded from text
 * by FNV-1a. Each part of a simulation takes a stream of its own with `fork`, so that a change in one part does not shift
 * the numbers of the others.
 *
 * @example
 * const random = new Random('seed 7')
 * const wait = random.fork('arrivals').exponential(20)
 */
export class Random {
  readonly #seed: string
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: string | number) {
    this.#seed = String(seed)
    this.#a = hash(`${this.#seed}/a`)
    this.#b = hash(`${this.#seed}/b`)
    this.#c = hash(`${this.#seed}/c`)
    for (let round = 0; round < 12; round++) this.next()
  }

  /** A stream of its own, which depends on this one's seed and the label only. */
  fork(label: string): Random {
    return new Random(`${this.#seed}/${label}`)
  }

  /** A number from 0 (included) to 1 (excluded). */
  next = (): number => {
    const sum = (this.#a + this.#b + this.#counter++) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }

  /** True with this probability (0 to 1). */
  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** A whole number from 0 to `below` - 1. */
  integer(below: number): number {
    return Math.floor(this.next() * below)
  }

  /** A number of a range, its upper end excluded. */
  between(from: number, to: number): number {
    return from + (to - from) * this.next()
  }

  /** The waiting time of a Poisson process with this mean. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next())
  }

  /** A latency: half of all values are below `median`; `sigma` 0.5 puts the 99th percentile at 3.2 times the median. */
  lognormal(median: number, sigma: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next())
    return median * Math.exp(sigma * normal)
  }
}

function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  }
  return value | 0
}
