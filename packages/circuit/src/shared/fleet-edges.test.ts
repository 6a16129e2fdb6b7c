import { describe, expect, it } from 'vitest'
import { fails, openFleet, TestFleet, works } from '../fleet.fixture.ts'
import {
  type Circuit,
  type CircuitOptions,
  type CircuitRecord,
  initialRecord,
  type ReadQuery,
} from '../index.ts'
import { settle } from '../testing/index.ts'

const readMs = 200
const key = { circuit: 'payments', slices: [], consistent: true }

async function readFleet(options?: CircuitOptions) {
  const fleet = new TestFleet(1, options)
  const [circuit] = fleet.environments as [Circuit]
  await circuit.run(works)
  return { fleet, circuit }
}

/** Another environment writes this record. */
async function put({ store, clock }: TestFleet, fields: Partial<CircuitRecord>): Promise<void> {
  const { revision } = await store.read(key)
  const written = await store.write(
    'payments',
    { ...initialRecord, environment: 'there', ...fields } as CircuitRecord,
    revision,
    clock.now(),
  )
  expect(written.written).toBe(true)
}

const open = (fleet: TestFleet, generation = 1, openMs = 5_000) => {
  const since = fleet.clock.now()
  return {
    state: 'OPEN',
    generation,
    since,
    retryAt: since + openMs,
    reason: 'failure-rate',
    openings: 1,
  } as const
}

const suspected = (fleet: TestFleet, agoMs = 0) => {
  const suspectSince = fleet.clock.now() - agoMs
  return { suspectSince, suspectUntil: suspectSince + 20_000 }
}

/** How many requests that write were sent meanwhile. */
async function writesOf({ store: { requests } }: TestFleet, work: () => Promise<unknown>): Promise<number> {
  const before = requests.write + requests.add
  await work()
  return requests.write + requests.add - before
}

/** How long a call takes, in ms. */
async function takes({ clock }: TestFleet, circuit: Circuit, call: () => Promise<unknown>): Promise<number> {
  const from = clock.now()
  let ended = from
  const end = () => {
    ended = clock.now()
  }
  void circuit.run(call).then(end, end)
  await clock.advance(1_000)
  return ended - from
}

const fail = (circuit: Circuit) => circuit.run(fails).catch(() => {})

describe('before anything was read', () => {
  it('the store is unread, and an override is one of the fleet', async () => {
    const circuit = new TestFleet(0).start()
    expect(circuit.status().store).toBe('unread')
    await circuit.forceOpen({ by: 'ana', reason: 'test' })
    expect(circuit.status()).toMatchObject({ state: 'FORCED_OPEN', scope: 'fleet' })
  })

  it('nothing is reported', async () => {
    const fleet = new TestFleet(1)
    fleet.store.fail({ hang: true, operations: ['read'] })
    const play = () => fleet.play(500, 10, fails)
    expect(await writesOf(fleet, play)).toBe(0)
  })
})

it('while reads fail and writes do not, nothing is written', async () => {
  const { fleet, circuit } = await readFleet()
  fleet.store.fail({ error: 'throttled', operations: ['read'] })
  await fleet.play(3_000, 100, works)
  expect(circuit.status().store).toBe('unavailable')
  expect(await writesOf(fleet, () => fleet.play(500, 10, fails))).toBe(0)
})

it('a clock that is set back makes no look later than it was', async () => {
  const fleet = new TestFleet(0)
  let backMs = 0
  const circuit = fleet.start({ clock: { ...fleet.clock, now: () => fleet.clock.now() - backMs } })
  await put(fleet, open(fleet))
  await fleet.clock.advance(4_700)
  await circuit.refresh()
  await expect(circuit.run(works)).rejects.toThrow()
  backMs = 60_000
  fleet.store.fail({ latencyMs: 900, operations: ['read'] })
  const play = async () => {
    const early = circuit.run(works).catch(() => {})
    await fleet.clock.advance(400)
    // The open time is over, and nobody has looked since.
    await expect(circuit.run(works)).rejects.toThrow()
    await early
  }
  expect(await writesOf(fleet, play)).toBe(0)
})

it('while the circuit is half open, a call of an environment that has seen none fail waits for a look', async () => {
  const fleet = new TestFleet(1)
  const [circuit] = fleet.environments as [Circuit]
  const expiresAt = fleet.clock.now() + 30_000
  const leases = ['a', 'b', 'c'].map(id => ({ id, expiresAt, ms: 30_000 }))
  await put(fleet, { state: 'HALF_OPEN', generation: 2, leases, successes: 0, reason: 'failure-rate' })
  await circuit.refresh()
  await fleet.clock.advance(1_500)
  fleet.store.fail({ latencyMs: readMs, operations: ['read'] })
  expect(await takes(fleet, circuit, works)).toBe(readMs)
})

describe('a read that was frozen with its environment', () => {
  it('is sent again, also while writes fail', async () => {
    const { fleet, circuit } = await readFleet()
    fleet.store.fail({ error: 'throttled', operations: ['write'], times: 1 })
    await fail(circuit)
    await fleet.clock.advance(500)
    fleet.store.fail({ hang: true, operations: ['read', 'write'] })
    await fleet.clock.advance(700)
    const frozen = circuit.run(works)
    await settle()
    fleet.clock.freeze(10_000)
    fleet.store.heal()
    const { read } = fleet.store.requests
    await circuit.run(works)
    expect(fleet.store.requests.read - read).toBe(1)
    await fleet.clock.advance(1_000)
    await frozen
  })

  it.each([
    ['an error', { latencyMs: 5_000, error: 'throttled' }],
    ['an answer', { latencyMs: 5_000 }],
  ] as const)('and then answers by %s, says nothing any more', async (_, fault) => {
    const { fleet, circuit } = await readFleet()
    await fleet.clock.advance(5_000)
    fleet.store.fail({ ...fault, operations: ['read'], times: 1 })
    const frozen = circuit.run(works)
    await settle()
    fleet.clock.freeze(4_000)
    // Read anew.
    await circuit.run(works)
    await fleet.clock.advance(1_000)
    await frozen
    expect(fleet.events.filter(({ type }) => type === 'store-failure')).toEqual([])
    // The last look was that of the later read.
    fleet.store.fail({ latencyMs: readMs, operations: ['read'] })
    expect(await takes(fleet, circuit, works)).toBe(0)
  })

  it('or replaced by a later one, is waited for no longer than that', async () => {
    const { fleet, circuit } = await readFleet()
    await fleet.clock.advance(5_000)
    fleet.store.fail({ latencyMs: 100, operations: ['read'] })
    const from = fleet.clock.now()
    const call = circuit.run(async () => fleet.clock.now() - from)
    await fleet.clock.advance(50)
    fleet.store.fail({ latencyMs: 150, operations: ['read'] })
    void circuit.refresh()
    await fleet.clock.advance(1_000)
    expect(await call).toBe(200)
  })

  it('is no failure where the call waited for another one', async () => {
    const { fleet, circuit } = await readFleet()
    await fleet.clock.advance(5_000)
    fleet.store.fail({ hang: true, operations: ['read'] })
    const call = circuit.run(works)
    await fleet.clock.advance(100)
    void circuit.refresh()
    await fleet.clock.advance(200)
    await call
    fleet.clock.freeze(10_000)
    fleet.store.heal()
    await circuit.run(works)
    expect(fleet.events.filter(({ type }) => type === 'store-failure')).toEqual([])
  })

  it('once more and again, while reads fail, is given up and tried after a pause', async () => {
    const { fleet, circuit } = await readFleet()
    fleet.clock.freeze(3_000)
    fleet.store.fail({ error: 'throttled', operations: ['read'] })
    await circuit.run(works)
    fleet.store.fail({ hang: true, operations: ['read'] })
    const { read } = fleet.store.requests
    for (let call = 0; call < 30; call++) {
      fleet.clock.freeze(2_000)
      await circuit.run(works)
      await settle()
    }
    expect(fleet.store.requests.read - read).toBeGreaterThan(2)
  })
})

it('a suspicion of one generation is not raised in another one', async () => {
  const { fleet, circuit } = await readFleet()
  await put(fleet, { generation: 3 })
  expect(await writesOf(fleet, () => fail(circuit))).toBe(1)
  expect((await fleet.store.read(key)).record).toMatchObject({ generation: 3, suspectUntil: 0 })
})

it('what an environment decides alone is announced as its own, made here', async () => {
  const fleet = await openFleet(1, { error: 'throttled', operations: ['write', 'add'] })
  await fleet.play(60_000, 100, fails)
  const made = fleet.events.flatMap(event => (event.type === 'transition' ? [event] : []))
  expect(made.length).toBeGreaterThan(2)
  for (const { scope, origin } of made)
    expect({ scope, origin }).toEqual({ scope: 'environment', origin: 'here' })
})

it('no generation is given twice after a restore, also where the last one was next', async () => {
  const { fleet, circuit } = await readFleet({ minimumCalls: 3 })
  await put(fleet, { generation: 2 })
  await circuit.refresh()
  await put(fleet, { generation: 1 })
  await circuit.refresh()
  expect(circuit.status().generation).toBe(1)
  await fleet.play(20_000, 100, fails)
  expect(fleet.transitions[0]).toBe('3 OPEN')
})

describe('a write whose answer is lost', () => {
  const announced = ({ events }: TestFleet, of: number) =>
    events.flatMap(event =>
      event.type === 'transition' && event.scope === 'fleet' && event.generation === of
        ? [`${event.from} ${event.to} ${event.origin}`]
        : [],
    )

  it('and which opened the circuit, is announced once, whatever was read in between', async () => {
    const { fleet, circuit } = await readFleet()
    // A replica lags from here on.
    fleet.store.lag()
    await fleet.clock.advance(1_000)
    await circuit.run(works)
    const { requests } = fleet.store
    while (requests.add < 2) await fleet.play(100, 10, fails)
    fleet.store.fail({ lostAnswer: true, operations: ['write'], times: 1 })
    await fleet.play(4_000, 10, fails)
    fleet.store.heal()
    await fleet.play(4_000, 10, fails)
    expect(circuit.status()).toMatchObject({ state: 'OPEN' })
    expect(announced(fleet, 1)).toEqual(['CLOSED OPEN here'])
  })

  it('and which took one permit more, announces nothing anew', async () => {
    const { fleet, circuit } = await readFleet()
    await put(fleet, open(fleet))
    await fleet.clock.advance(6_000)
    await circuit.refresh()
    await circuit.acquire()
    fleet.store.fail({ lostAnswer: true, operations: ['write'], times: 1 })
    await circuit.acquire().catch(() => {})
    await fleet.clock.advance(2_000)
    await circuit.refresh()
    expect(announced(fleet, 2)).toEqual(['OPEN HALF_OPEN here'])
  })
})

it('a write that only finds out whether writes are answered leaves nothing stored', async () => {
  const { fleet, circuit } = await readFleet()
  fleet.store.fail({ error: 'throttled', operations: ['write'], times: 1 })
  await fail(circuit)
  await fleet.clock.advance(3_000)
  await circuit.run(works)
  expect(circuit.status().store).toBe('available')
  expect(await fleet.store.read(key)).toMatchObject({ record: undefined, revision: 0 })
})

describe('a single failure among many good calls', () => {
  const good = async () => {
    const made = await readFleet({ random: () => 0.5 })
    await made.fleet.play(900, 20, works)
    await made.circuit.refresh()
    await made.fleet.clock.advance(1_000)
    return made
  }

  it('is written nowhere', async () => {
    const { fleet, circuit } = await good()
    expect(await writesOf(fleet, () => fail(circuit))).toBe(0)
  })

  it('waits for no look that is under way', async () => {
    const { fleet, circuit } = await good()
    fleet.store.fail({ latencyMs: readMs, operations: ['read'] })
    expect(await takes(fleet, circuit, fails)).toBe(0)
  })
})

describe('a failure while a look is under way', () => {
  const looking = async (options?: CircuitOptions) => {
    const made = await readFleet(options)
    await made.circuit.refresh()
    return made
  }

  it('waits for it, and raises no suspicion of an open circuit', async () => {
    const { fleet, circuit } = await looking()
    await put(fleet, open(fleet))
    await fleet.clock.advance(1_000)
    fleet.store.fail({ latencyMs: readMs, operations: ['read'] })
    let ms = 0
    expect(await writesOf(fleet, async () => (ms = await takes(fleet, circuit, fails)))).toBe(0)
    expect(ms).toBe(readMs)
  })

  it('waits for it also where it takes longer than the call did', async () => {
    const { fleet, circuit } = await looking()
    await put(fleet, open(fleet))
    await fleet.clock.advance(1_000)
    fleet.store.fail({ latencyMs: 400, operations: ['read'] })
    const call = async () => {
      await new Promise<void>(resolve => fleet.clock.setTimeout(resolve, 300))
      throw new Error('down')
    }
    let ms = 0
    expect(await writesOf(fleet, async () => (ms = await takes(fleet, circuit, call)))).toBe(0)
    expect(ms).toBe(400)
  })

  it('raises none in a later generation', async () => {
    const { fleet, circuit } = await looking()
    await put(fleet, { generation: 3 })
    await fleet.clock.advance(1_000)
    fleet.store.fail({ latencyMs: readMs, operations: ['read'] })
    expect(await writesOf(fleet, () => takes(fleet, circuit, fails))).toBe(0)
    expect(circuit.status().generation).toBe(3)
  })

  it('raises none where that fails', async () => {
    const { fleet, circuit } = await looking()
    await fleet.clock.advance(1_000)
    fleet.store.fail({ latencyMs: readMs, error: 'throttled', operations: ['read'] })
    expect(await writesOf(fleet, () => takes(fleet, circuit, fails))).toBe(0)
  })

  it('does not wait for it while writes are held back', async () => {
    const { fleet, circuit } = await looking()
    fleet.store.fail({ error: 'throttled', operations: ['write'] })
    await fail(circuit)
    await fleet.clock.advance(1_300)
    // Finds out that they still fail: a longer pause.
    await circuit.run(works)
    await fleet.clock.advance(1_000)
    fleet.store.fail({ latencyMs: readMs, operations: ['read'] })
    expect(await takes(fleet, circuit, fails)).toBe(0)
  })
})

describe('the calls that an environment sheds by its own gate', () => {
  /** Its gate has shut. `asked`: the fleet asks for reports. */
  const shut = async (asked: boolean) => {
    const { fleet, circuit } = await readFleet()
    if (asked) await put(fleet, suspected(fleet, 1))
    await circuit.refresh()
    for (let call = 0; call < 12; call++) await fail(circuit)
    expect(circuit.status()).toMatchObject({ state: 'CLOSED', shedding: true, suspect: true })
    return { fleet, circuit }
  }
  const shed = async (fleet: TestFleet, circuit: Circuit, times = 50) => {
    const { requests } = fleet.store
    const before = requests.add
    for (let call = 0; call < times; call++) await expect(circuit.run(works)).rejects.toThrow()
    return requests.add - before
  }

  it('are reported once an interval', async () => {
    const { fleet, circuit } = await shut(true)
    await fleet.clock.advance(900)
    expect(await shed(fleet, circuit)).toBe(1)
  })

  it('are not reported where only it has raised the suspicion, and not read it', async () => {
    const { fleet, circuit } = await shut(false)
    await fleet.clock.advance(900)
    expect(await shed(fleet, circuit)).toBe(0)
  })

  it('are not reported once the suspicion is over', async () => {
    const { fleet, circuit } = await shut(true)
    const { record } = await fleet.store.read(key)
    await put(fleet, { ...record, suspectUntil: 0 } as CircuitRecord)
    await circuit.refresh()
    await fleet.clock.advance(900)
    expect(await shed(fleet, circuit)).toBe(0)
  })

  it('are not reported while writes are held back', async () => {
    const { fleet, circuit } = await shut(true)
    await fleet.clock.advance(900)
    fleet.store.fail({ error: 'throttled', operations: ['add'], times: 1 })
    expect(await shed(fleet, circuit, 1)).toBe(1)
    await fleet.clock.advance(400)
    expect(await shed(fleet, circuit)).toBe(0)
  })
})

it.each([
  ['failed', 1, fails, true],
  ['failed and was slow', 100, fails, true],
  ['went well', 1, works, false],
])(
  'in the second half of a suspicion a report of a call that %s renews it or does not',
  async (_, ms, end, renewed) => {
    const { fleet, circuit } = await readFleet({ slowCallMs: 50 })
    await put(fleet, suspected(fleet, 12_000))
    await circuit.refresh()
    const { suspectUntil } = (await fleet.store.read(key)).record as { suspectUntil: number }
    const call = async () => {
      await new Promise<void>(resolve => fleet.clock.setTimeout(resolve, ms))
      return end()
    }
    await takes(fleet, circuit, call)
    expect(fleet.store.requests.add).toBe(1)
    const after = (await fleet.store.read(key)).record as { suspectUntil: number }
    expect(after.suspectUntil > suspectUntil).toBe(renewed)
  },
)

it('the longest Retry-After of the calls that led to it sets the open time', async () => {
  const fleet = new TestFleet(1, {
    classify: settled => (settled.ok ? undefined : { outcome: 'failure', retryAfterMs: asks() }),
  })
  const [circuit] = fleet.environments as [Circuit]
  let calls = 0
  const asks = () => (calls++ === 3 ? 60_000 : 0)
  await circuit.run(works)
  await put(fleet, suspected(fleet, 1))
  await circuit.refresh()
  await fleet.play(8_000, 400, fails)
  const { record } = await fleet.store.read(key)
  expect(record).toMatchObject({ state: 'OPEN', generation: 1 })
  const { retryAt, since } = record as { retryAt: number; since: number }
  expect(retryAt - since).toBeGreaterThan(50_000)
})

it('calls of before an opening are not reported after it', async () => {
  const { fleet, circuit } = await readFleet({ probes: 1, random: () => 0 })
  await put(fleet, suspected(fleet, 1))
  await circuit.refresh()
  await circuit.run(works)
  // Counted, and not yet to be reported.
  await circuit.run(works)
  await put(fleet, open(fleet, 1, 100))
  await circuit.refresh()
  await fleet.clock.advance(150)
  await circuit.refresh()
  await circuit.run(works)
  expect(circuit.status()).toMatchObject({ state: 'CLOSED', generation: 3 })
  const add = fleet.store.add.bind(fleet.store)
  const reported: number[] = []
  fleet.store.add = (...given) => {
    reported.push(given[2].calls)
    return add(...given)
  }
  await fleet.clock.advance(500)
  await circuit.run(works)
  expect(reported).toEqual([1])
})

it('each change of an override is an event that says which, also one of its end alone or in the same millisecond', async () => {
  const fleet = new TestFleet(2)
  const [operator, circuit] = fleet.environments as [Circuit, Circuit]
  const act = { by: 'ana', reason: 'test' }
  await operator.forceOpen({ ...act, forMs: 60_000 })
  await circuit.refresh()
  await operator.observeOnly({ ...act, forMs: 60_000 })
  await circuit.refresh()
  await fleet.clock.advance(1_000)
  await operator.observeOnly({ ...act, forMs: 90_000 })
  await circuit.refresh()
  const heard = fleet.events.flatMap(event =>
    event.type === 'control' && event.in === 'env-1'
      ? [[event.control?.mode, event.control!.until! - event.control!.at]]
      : [],
  )
  expect(heard).toEqual([
    ['FORCED_OPEN', 60_000],
    ['OBSERVE_ONLY', 60_000],
    ['OBSERVE_ONLY', 90_000],
  ])
})

it('an override of a store that gives it no revision is learned all the same', async () => {
  const { fleet, circuit } = await readFleet()
  const read = fleet.store.read.bind(fleet.store)
  fleet.store.read = async (query: ReadQuery) => ({ ...(await read(query)), controlRevision: 0 })
  await fleet.start().forceOpen({ by: 'ana', reason: 'test' })
  await circuit.refresh()
  expect(circuit.status().state).toBe('FORCED_OPEN')
})

it('an environment that learns of an old suspicion reads its slices, which are consistent', async () => {
  const { fleet, circuit } = await readFleet()
  await fleet.clock.advance(5_000)
  await put(fleet, suspected(fleet, 7_000))
  const read = fleet.store.read.bind(fleet.store)
  const queries: ReadQuery[] = []
  fleet.store.read = (query: ReadQuery) => {
    queries.push(query)
    return read(query)
  }
  await circuit.run(works)
  expect(queries.map(({ consistent }) => consistent ?? false)).toEqual([false, true])
  expect(queries[1]!.slices?.length).toBeGreaterThan(1)
})

describe('while writes fail', () => {
  it('what others have written is learned, where this environment has decided nothing itself', async () => {
    const { fleet, circuit } = await readFleet()
    fleet.store.fail({ error: 'throttled', operations: ['write'], times: 1 })
    await fail(circuit)
    await put(fleet, suspected(fleet))
    await circuit.refresh()
    expect(circuit.status()).toMatchObject({ suspect: true, store: 'unavailable' })
  })

  it('a record that was deleted is no reason to keep what was decided here', async () => {
    const fleet = await openFleet(1, { error: 'throttled', operations: ['write', 'add'] })
    const [circuit] = fleet.environments as [Circuit]
    await fleet.play(60_000, 100, fails)
    expect(circuit.status()).toMatchObject({ state: 'OPEN', scope: 'environment' })
    const read = fleet.store.read.bind(fleet.store)
    fleet.store.read = async (query: ReadQuery) => ({
      ...(await read(query)),
      record: undefined,
      revision: 0,
    })
    await circuit.refresh()
    expect(circuit.status().state).toBe('CLOSED')
  })
})

it('the write that finds out whether writes are answered brings what others have stored', async () => {
  const fleet = new TestFleet(1)
  const [circuit] = fleet.environments as [Circuit]
  const stored = open(fleet)
  await put(fleet, stored)
  await fleet.clock.advance(6_000)
  await circuit.refresh()
  const permit = await circuit.acquire()
  fleet.store.fail({ error: 'throttled', operations: ['write'], times: 1 })
  await permit.fail()
  // Its own copy is open anew.
  expect(circuit.status()).toMatchObject({ state: 'OPEN', scope: 'environment' })
  const { generation } = circuit.status()
  await fleet.clock.advance(2_000)
  // Open as well, but since later.
  const others = open(fleet, generation, 10_000)
  await put(fleet, others)
  fleet.store.fail({ hang: true, operations: ['read'] })
  void circuit.run(works).catch(() => {})
  await settle()
  const { since, retryAt } = others
  expect(circuit.status()).toMatchObject({
    state: 'OPEN',
    scope: 'fleet',
    since,
    retryAt,
    store: 'available',
  })
  await fleet.clock.advance(5_000)
})

it('a state that was taken over stays as it was taken when the rest of its record changes', async () => {
  const { fleet, circuit } = await readFleet()
  const since = fleet.clock.now() + 600_000
  const ramp = {
    generation: 3,
    since,
    recovering: true,
    openings: 1,
    suspectSince: since,
    suspectUntil: since + 10_000,
  }
  await put(fleet, ramp)
  await circuit.refresh()
  const taken = circuit.status().since
  expect(taken).toBeLessThanOrEqual(fleet.clock.now())
  await fleet.clock.advance(3_000)
  await put(fleet, ramp)
  await circuit.refresh()
  expect(circuit.status().since).toBe(taken)
})

it.each([1, 4])('a record of a backup, of generation %i, has begun when it says', async generation => {
  const { fleet, circuit } = await readFleet()
  await put(fleet, { generation: 4 })
  await circuit.refresh()
  await fleet.clock.advance(60_000)
  const since = fleet.clock.now() - 100_000
  await put(fleet, { ...open(fleet, generation), since, retryAt: since + 10_000 })
  await circuit.refresh()
  expect(circuit.status()).toMatchObject({ state: 'OPEN', generation, since, retryAt: since + 10_000 })
})

it('a state that changes within a generation, as after a merge of two Regions, is announced', async () => {
  const { fleet, circuit } = await readFleet()
  await put(fleet, open(fleet))
  await circuit.refresh()
  await fleet.clock.advance(1_000)
  const since = fleet.clock.now()
  await put(fleet, { generation: 1, since })
  await circuit.refresh()
  expect(circuit.status()).toMatchObject({ state: 'CLOSED', since })
  const seen = fleet.events.flatMap(event => (event.type === 'transition' ? [event.to] : []))
  expect(seen).toEqual(['OPEN', 'CLOSED'])
})

describe('a clock that was set back', () => {
  const steppedFleet = () => {
    const fleet = new TestFleet(0)
    let backMs = 0
    const circuit = fleet.start({ clock: { ...fleet.clock, now: () => fleet.clock.now() - backMs } })
    const setBack = (ms: number) => (backMs += ms)
    return { fleet, circuit, setBack }
  }

  it('right before an override is no reason to end it early', async () => {
    const { fleet, circuit, setBack } = steppedFleet()
    await circuit.run(works)
    setBack(600_000)
    await circuit.forceOpen({ by: 'ana', reason: 'test', forMs: 60_000 })
    await fleet.clock.advance(1_000)
    await expect(circuit.run(works)).rejects.toMatchObject({ reason: 'forced-open' })
  })

  it('during a call moves the ramp that the call was a part of', async () => {
    const { fleet, circuit, setBack } = steppedFleet()
    const since = fleet.clock.now()
    await put(fleet, {
      generation: 3,
      since,
      recovering: true,
      suspectSince: since,
      suspectUntil: since + 10_000,
    })
    await circuit.refresh()
    await fleet.clock.advance(9_000)
    await circuit.refresh()
    const permit = await circuit.acquire()
    setBack(600_000)
    await permit.succeed()
    expect(circuit.status().admittedShare).toBeGreaterThan(0.5)
  })
})
