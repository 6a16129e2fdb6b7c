import { VirtualClock } from '@breakwater/circuit/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { KillSwitch } from './kill-switch.ts'
import { MemoryRecyclerStore } from './memory.ts'

const now = new VirtualClock().now()
let clock: VirtualClock
let killSwitch: KillSwitch
beforeEach(() => {
  clock = new VirtualClock()
  killSwitch = new KillSwitch(new MemoryRecyclerStore(), { clock })
})

describe('KillSwitch', () => {
  it('stops, until released or until it ends by itself, and keeps who did it and why', async () => {
    expect(await killSwitch.status()).toBeUndefined()
    await killSwitch.stop({ by: 'ana', reason: 'database moves' })
    expect(await killSwitch.status()).toEqual({ by: 'ana', reason: 'database moves', at: now })
    await clock.advance(1_000)
    await killSwitch.release({ by: 'bo', reason: 'moved' })
    expect(await killSwitch.status()).toBeUndefined()
    await killSwitch.stop({ by: 'bo', reason: 'again', until: now + 10_000 })
    expect(await killSwitch.status()).toMatchObject({ until: now + 10_000 })
    await clock.advance(8_999)
    expect(await killSwitch.status()).toBeDefined()
    await clock.advance(1)
    expect(await killSwitch.status()).toBeUndefined()
    const acts = await killSwitch.audits()
    expect(acts.map(({ act, by, text }) => [act, by, text])).toContainEqual([
      'stopped',
      'ana',
      'database moves',
    ])
    expect(acts.map(({ act }) => act).sort()).toEqual(['released', 'stopped', 'stopped'])
  })

  it('refuses a stop that says nothing', async () => {
    await expect(async () => killSwitch.stop({ by: '', reason: 'x' })).rejects.toThrow(
      'by: got ""; allowed is',
    )
    await expect(async () => killSwitch.stop({ by: 'ana' } as never)).rejects.toThrow('reason: got undefined')
    await expect(async () => killSwitch.stop({ by: 'ana', reason: 'x', until: now })).rejects.toThrow('until')
    const misspelt = { by: 'ana', reason: 'x', untill: now + 1_000 }
    await expect(async () => killSwitch.stop(misspelt)).rejects.toThrow('stop: option: got "untill"')
    expect(await killSwitch.status()).toBeUndefined()
  })

  it('refuses a store that is none', () => {
    expect(() => new KillSwitch({} as never)).toThrow('KillSwitch: store: got an object; allowed is')
  })
})
