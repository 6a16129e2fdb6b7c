import { readWindow, type Window, windowForm } from './window.ts'

/**
 * Tags of a service that say how it is recycled; {@link readSettings} has their forms.
 *
 * @example
 * Tags.of(service).add(settingTags.recycle, 'true')
 */
export const settingTags = {
  recycle: 'breakwater:recycle',
  wave: 'breakwater:wave',
  delay: 'breakwater:delay',
  window: 'breakwater:window',
  canary: 'breakwater:canary',
} as const

/** What the tags of a service say. */
export interface Settings {
  /** Undefined where it says neither. */
  readonly recycle: boolean | undefined
  /** 0 to 1000; lower ones first. */
  readonly wave: number
  /** How long to wait once the quiet period is over, in ms. */
  readonly delayMs: number
  /** When it may be recycled; undefined for always. */
  readonly window: Window | undefined
  /** Whether it would rather be the canary. */
  readonly canary: boolean
  /** Values that cannot be read: the tag, what it says and what is allowed. */
  readonly problems: readonly string[]
  /** Tags that look like these and are none: misspelt, perhaps. */
  readonly unknown: readonly string[]
}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000 }
const maxDelayMs = 86_400_000
const maxWave = 1_000

/**
 * Reads the tags `breakwater:recycle` (`true` or `false`), `breakwater:wave` (0 to 1000, default 0), `breakwater:delay`
 * (`90s`, `10m`, `2h`, at most 24 hours), `breakwater:window` (`Sat+Sun 02:00-04:00 Europe/Lisbon`) and
 * `breakwater:canary` (`true` or `false`). They are exact, as the policies that go by them are.
 *
 * @param tags all tags of the service.
 * @returns the settings; what cannot be read is left at its default and named in `problems`.
 * @example
 * readSettings({ 'breakwater:delay': '10m' }).delayMs // 600000
 */
export function readSettings(tags: Readonly<Record<string, string>>): Settings {
  const problems: string[] = []
  const read = <T>(tag: string, parse: (text: string) => T | undefined, allowed: string): T | undefined => {
    const text = Object.hasOwn(tags, tag) ? tags[tag]! : undefined
    const value = text === undefined ? undefined : parse(text)
    if (text !== undefined && value === undefined) {
      problems.push(`${tag} is ${JSON.stringify(text.slice(0, 64))}; allowed is ${allowed}`)
    }
    return value
  }
  const names: readonly string[] = Object.values(settingTags)
  return {
    recycle: read(settingTags.recycle, readBoolean, 'true or false'),
    wave: read(settingTags.wave, readWave, `a whole number from 0 to ${maxWave}`) ?? 0,
    delayMs: read(settingTags.delay, readDelay, 'a time such as 90s, 10m or 2h, at most 24h') ?? 0,
    window: read(settingTags.window, readWindow, windowForm),
    canary: read(settingTags.canary, readBoolean, 'true or false') ?? false,
    problems,
    unknown: Object.keys(tags)
      .filter(tag => tag.startsWith('breakwater:') && !names.includes(tag))
      .sort(),
  }
}

const readBoolean = (text: string) => (text === 'true' ? true : text === 'false' ? false : undefined)

function readWave(text: string): number | undefined {
  return /^\d{1,4}$/.test(text) && Number(text) <= maxWave ? Number(text) : undefined
}

function readDelay(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,5})([smh])$/.exec(text) ?? []
  const ms = Number(count) * unitMs[unit as keyof typeof unitMs]
  return ms <= maxDelayMs ? ms : undefined
}
