import { VirtualClock } from '@breakwater/circuit/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ReceivedMessage } from './message.ts'
import { makeQueue, receiveAll, redriveTo } from './queue.fixture.ts'

type Step =
  | { readonly act: 'send'; readonly group: string; readonly delay: number }
  | { readonly act: 'receive'; readonly most: number; readonly hidden: number }
  | { readonly act: 'delete' | 'hide'; readonly which: number; readonly seconds: number }
  | { readonly act: 'wait'; readonly seconds: number }

const steps = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({
      act: fc.constant('send' as const),
      group: fc.constantFrom('a', 'b', 'c'),
      delay: fc.constantFrom(0, 0, 0, 5),
    }),
    fc.record({
      act: fc.constant('receive' as const),
      most: fc.integer({ min: 1, max: 10 }),
      hidden: fc.constantFrom(0, 5, 30),
    }),
    fc.record({
      act: fc.constantFrom('delete' as const, 'hide' as const),
      which: fc.nat({ max: 20 }),
      seconds: fc.constantFrom(0, 3, 40),
    }),
    fc.record({ act: fc.constant('wait' as const), seconds: fc.constantFrom(0, 1, 5, 30) }),
  ),
  { maxLength: 60, size: 'max' },
)

/** The expected state of one message. */
interface Known {
  readonly id: string
  readonly group: string
  hiddenUntil: number
  handle: string | undefined
  receives: number
}

const maxReceiveCount = 3

/** Plays the steps on a queue and on a list that says what they have to do. */
async function play(list: readonly Step[], fifo: boolean, limited: boolean): Promise<void> {
  const clock = new VirtualClock()
  const end = fifo ? '.fifo' : ''
  const dead = makeQueue(clock, `dead${end}`)
  const queue = makeQueue(
    clock,
    `orders${end}`,
    limited ? redriveTo(`dead${end}`, maxReceiveCount) : {},
    dead,
  )
  const alive: Known[] = []
  const buried: string[] = []
  const received: ReceivedMessage[] = []
  const hidden = (known: Known) => known.hiddenUntil > clock.now()

  /** The messages that a receive without a bound has to hand out now. */
  function due(): Known[] {
    const blocked = new Set<string>()
    const ready: Known[] = []
    for (const known of [...alive]) {
      if (fifo && blocked.has(known.group)) continue
      if (hidden(known)) blocked.add(known.group)
      else ready.push(known)
    }
    return ready
  }

  for (const [index, step] of list.entries()) {
    if (step.act === 'send') {
      const message = fifo
        ? { body: `${index}`, groupId: step.group, deduplicationId: `${index}` }
        : { body: `${index}`, delaySeconds: step.delay }
      const { messageId: id } = queue.send(message)
      const hiddenUntil = clock.now() + (fifo ? 0 : step.delay * 1_000)
      alive.push({ id, group: step.group, hiddenUntil, handle: undefined, receives: 0 })
    } else if (step.act === 'receive') {
      const expected: string[] = []
      for (const known of due()) {
        if (expected.length === step.most) break
        if (limited && known.receives >= maxReceiveCount) {
          buried.push(known.id)
          alive.splice(alive.indexOf(known), 1)
        } else expected.push(known.id)
      }
      const got = await queue.receive({ maxMessages: step.most, visibilityTimeout: step.hidden })
      // Nothing that another receiver holds, in the order of its group, and nothing that is due left out.
      expect(got.map(({ messageId }) => messageId)).toEqual(expected)
      for (const message of got) {
        const known = alive.find(({ id }) => id === message.messageId)!
        known.hiddenUntil = clock.now() + step.hidden * 1_000
        known.handle = message.receiptHandle
        known.receives += 1
        received.push(message)
      }
    } else if (step.act === 'wait') await clock.advance(step.seconds * 1_000)
    else {
      const message = received[step.which % Math.max(1, received.length)]
      if (!message) continue
      const known = alive.find(({ id }) => id === message.messageId)
      const current = known?.handle === message.receiptHandle
      if (step.act === 'delete') {
        const refused = known !== undefined && fifo && !(current && hidden(known))
        if (refused) expect(() => queue.delete(message.receiptHandle)).toThrow('expired')
        else queue.delete(message.receiptHandle)
        if (known && current && !refused) alive.splice(alive.indexOf(known), 1)
      } else if (known && current && hidden(known)) {
        queue.changeVisibility(message.receiptHandle, step.seconds)
        known.hiddenUntil = clock.now() + step.seconds * 1_000
      } else expect(() => queue.changeVisibility(message.receiptHandle, step.seconds)).toThrow()
    }
    const { visible, inFlight, delayed } = queue.counts()
    expect([visible, inFlight + delayed]).toEqual([
      alive.filter(known => !hidden(known)).length,
      alive.filter(hidden).length,
    ])
  }

  // Nothing is lost: what was not deleted comes again, or is in the dead-letter queue.
  const left = new Set<string>()
  for (let round = 0; round < 30; round += 1) {
    await clock.advance(50_000)
    for (const from of [queue, dead]) {
      for (let got = await receiveAll(from); got.length > 0; got = await receiveAll(from)) {
        for (const { messageId, receiptHandle } of got) {
          left.add(messageId)
          from.delete(receiptHandle)
        }
      }
    }
  }
  expect([...left].sort()).toEqual([...alive.map(({ id }) => id), ...buried].sort())
  expect(clock.pending).toBe(0)
}

for (const fifo of [false, true]) {
  for (const limited of [false, true]) {
    it(`a ${fifo ? 'FIFO' : 'standard'} queue ${limited ? 'with' : 'without'} a dead-letter queue does what a list does`, async () => {
      await fc.assert(
        fc.asyncProperty(steps, list => play(list, fifo, limited)),
        { numRuns: 150 },
      )
    })
  }
}
