import { VirtualClock } from '@breakwater/circuit/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import type { LabelChange, RunRecord, ServiceRecord } from '../model.ts'
import type { AuditEntry } from './codecs.ts'
import { MemoryRecyclerStore } from './memory.ts'
import { Records } from './records.ts'

const source = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf'
const service = 'arn:aws:ecs:eu-west-1:123456789012:service/shop/web'
const served = { source, label: 'AWSCURRENT', versionId: 'v2', sequence: 1 }
const now = new VirtualClock().now()

const labelChange: LabelChange = {
  ...served,
  kind: 'secret',
  name: 'db',
  movedAt: now - 5_000,
  bound: 'exact',
  seenAt: now,
}
const run: RunRecord = {
  change: 'db-1f-1',
  labelChange: served,
  attempt: 1,
  execution: 'db-1f-1-1',
  status: 'running',
  startedAt: now,
  canaryDone: false,
}
const record: ServiceRecord = {
  service,
  last: { execution: 'r', at: now, deployment: 'ecs-svc/1', labelChange: served, outcome: 'started' },
}

let clock: VirtualClock
let store: MemoryRecyclerStore
let records: Records
beforeEach(() => {
  clock = new VirtualClock()
  store = new MemoryRecyclerStore()
  records = new Records(store, { clock })
})

describe('Records', () => {
  const kinds = {
    labelChange: {
      value: labelChange,
      read: () => records.labelChange(source, 'AWSCURRENT'),
      save: (revision: number) => records.saveLabelChange(labelChange, revision),
    },
    service: {
      value: record,
      read: () => records.service(service),
      save: (revision: number) => records.saveService(record, revision),
    },
    run: {
      value: run,
      read: () => records.run(run.change),
      save: (revision: number) => records.saveRun(run, revision),
    },
  }
  for (const [what, { value, read, save }] of Object.entries(kinds)) {
    it(`keeps a ${what}, and replaces only what was read`, async () => {
      expect(await read()).toEqual({ value: undefined, revision: 0 })
      expect(await save(0)).toBe(1)
      expect(await read()).toEqual({ value, revision: 1 })
      expect(await save(0)).toBeUndefined()
      expect(await save(1)).toBe(2)
      expect(await save(1)).toBeUndefined()
      const wins = await Promise.all(Array.from({ length: 20 }, () => save(2)))
      expect(wins.filter(won => won !== undefined)).toEqual([3])
    })
  }

  it('keeps label changes apart by source and label', async () => {
    const parameter = 'arn:aws:ssm:eu-west-1:123456789012:parameter/db'
    const others: LabelChange[] = [
      { ...labelChange, label: 'STAGE#1' },
      { ...labelChange, source: parameter, kind: 'parameter', label: 'LATEST' },
    ]
    for (const one of [labelChange, ...others]) await records.saveLabelChange(one, 0)
    for (const one of [labelChange, ...others]) {
      expect((await records.labelChange(one.source, one.label)).value).toEqual(one)
    }
    expect(await records.labelChanges()).toHaveLength(3)
  })

  it('lists label changes that happened or were seen since', async () => {
    const old = { ...labelChange, label: 'OLD', movedAt: now - 90_000, seenAt: now - 80_000 }
    const late = { ...labelChange, label: 'LATE', movedAt: now - 90_000, seenAt: now }
    for (const one of [labelChange, old, late]) await records.saveLabelChange(one, 0)
    expect((await records.labelChanges(now - 60_000)).map(({ label }) => label)).toEqual([
      'AWSCURRENT',
      'LATE',
    ])
    expect(await records.labelChanges(now - 80_000)).toHaveLength(3)
    expect(await records.labelChanges()).toHaveLength(3)
  })

  it('reads many services at once, those that are there', async () => {
    const arns = Array.from({ length: 5 }, (_, at) => `${service}${at}`)
    for (const arn of arns.slice(1, 3)) await records.saveService({ ...record, service: arn }, 0)
    expect([...(await records.services(arns)).keys()]).toEqual(arns.slice(1, 3))
    expect(await records.services([])).toEqual(new Map())
  })

  it('marks a run failed, whatever else writes it, and keeps the first reason', async () => {
    await records.saveRun(run, 0)
    const slow = new Records({
      read: async keys => {
        const read = await store.read(keys)
        await records.saveRun({ ...run, canaryDone: true }, 1)
        return read
      },
      write: (...write) => store.write(...write),
      list: (...list) => store.list(...list),
    })
    await slow.failRun(run.change, 'first')
    await slow.failRun(run.change, 'second')
    expect(await records.run(run.change)).toEqual({
      value: { ...run, canaryDone: true, status: 'failed', reason: 'first' },
      revision: 3,
    })
    await records.failRun('unknown', 'x')
    expect((await records.run('unknown')).value).toBeUndefined()
  })

  it('tells the latest decisions first', async () => {
    for (const at of [5, 50, 7]) await records.audit(source, { at, act: 'planned' })
    expect((await records.audits(source)).map(({ at }) => at)).toEqual([50, 7, 5])
    expect((await records.audits(source, 1)).map(({ at }) => at)).toEqual([50])
    expect(await records.audits('other')).toEqual([])
  })

  it('keeps one record of a decision that is repeated under its id, the first', async () => {
    await records.audit(source, { at: 5, act: 'started', text: 'first' }, 'id')
    await records.audit(source, { at: 5, act: 'started', text: 'second' }, 'id')
    for (let twice = 0; twice < 2; twice++) await records.audit(source, { at: 5, act: 'planned' })
    const texts = (await records.audits(source)).map(({ text }) => text)
    expect(texts.filter(Boolean)).toEqual(['first'])
    expect(texts).toHaveLength(3)
  })

  it('puts nothing on record but what it knows', async () => {
    const secretive = { at: 5, act: 'planned', value: 'hunter2', text: 'fine' } as AuditEntry
    await records.audit(source, secretive)
    await records.saveLabelChange({ ...labelChange, value: 'hunter2' } as LabelChange, 0)
    const last = { ...record.last!, value: 'hunter2' }
    await records.saveService({ ...record, last }, 0)
    const all = await Promise.all(
      [`recycler#audit:${source}`, 'recycler#label-changes', `recycler#service:${service}`].map(one =>
        store.list(one),
      ),
    )
    expect(all.flat()).toHaveLength(3)
    expect(JSON.stringify(all)).not.toContain('hunter2')
  })

  it('refuses to write what it could not read', () => {
    const bad = { ...labelChange, movedAt: Number.NaN }
    expect(() => records.saveLabelChange(bad, 0)).toThrow(
      'label change: "movedAt" is missing or of another type',
    )
    expect(() => records.saveRun({ ...run, attempt: 0 }, 0)).toThrow(TypeError)
  })

  it('reads all that must be known of a service in one go', async () => {
    let reads = 0
    const counting = new Records(
      {
        read: keys => {
          reads++
          return store.read(keys)
        },
        write: (...write) => store.write(...write),
        list: (...list) => store.list(...list),
      },
      { clock },
    )
    const of = { change: run.change, source, label: 'AWSCURRENT', service }
    const none = { value: undefined, revision: 0 }
    expect(await counting.situation(of)).toEqual({
      stop: undefined,
      run: none,
      labelChange: none,
      service: none,
    })
    await records.saveRun(run, 0)
    await records.saveLabelChange(labelChange, 0)
    await records.saveService(record, 0)
    await records.killSwitch.stop({ by: 'ana', reason: 'x' })
    expect(await counting.situation(of)).toEqual({
      stop: { by: 'ana', reason: 'x', at: now },
      run: { value: run, revision: 1 },
      labelChange: { value: labelChange, revision: 1 },
      service: { value: record, revision: 1 },
    })
    expect(reads).toBe(2)
  })

  const unreadable: Record<string, [partition: string, sort: string, read: () => Promise<unknown>]> = {
    labelChange: [
      'recycler#label-changes',
      `${source}#AWSCURRENT`,
      () => records.labelChange(source, 'AWSCURRENT'),
    ],
    service: [`recycler#service:${service}`, 'service', () => records.service(service)],
    services: [`recycler#service:${service}`, 'service', () => records.services([service])],
    run: ['recycler#run', run.change, () => records.failRun(run.change, 'x')],
    control: ['recycler#control', 'control', () => records.killSwitch.status()],
  }
  for (const [what, [partition, sort, read]] of Object.entries(unreadable)) {
    it(`leaves ${what} untouched that cannot be read`, async () => {
      await store.write({ partition, sort }, { mode: 'PAUSED', value: 'hunter2' })
      const error = (await read().catch(error => error)) as Error
      expect(error).toMatchObject({ name: 'StoreError', kind: 'unknown-schema' })
      expect(error.message).toContain(`Entry "${sort}" of "${partition}" is left untouched`)
      expect(error.message).not.toContain('hunter2')
      const [entry] = await store.read([{ partition, sort }])
      expect(entry).toMatchObject({ revision: 1, value: { mode: 'PAUSED', value: 'hunter2' } })
    })
  }

  it('a list stopped at the first row that is no such record: it is left out, and reported', async () => {
    const said: string[] = []
    const reporting = new Records(store, { clock, unreadable: error => said.push(error.message) })
    await records.saveLabelChange(labelChange, 0)
    await records.audit(source, { at: now, act: 'planned' })
    const foreign = ['recycler#label-changes', `recycler#audit:${source}`]
    for (const partition of foreign) await store.write({ partition, sort: 'any' }, { value: 'hunter2' })
    expect(await reporting.labelChanges()).toEqual([labelChange])
    expect(await reporting.audits(source)).toEqual([{ at: now, act: 'planned' }])
    expect(said).toEqual(
      foreign.map(one => expect.stringContaining(`Entry "any" of "${one}" is left untouched`)),
    )
    expect(said.join()).not.toContain('hunter2')
  })

  it('refuses a store that is none', () => {
    expect(() => new Records({} as never)).toThrow('store: got an object; allowed is a RecyclerStore')
  })
})
