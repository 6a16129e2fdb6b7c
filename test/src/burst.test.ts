import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { resolvePolicy } from '@breakwater/circuit'
import { createCircuitTable, DynamoDbStore } from '@breakwater/dynamodb'
import { fakeCredentials, startDynalite } from '@breakwater/emulator'
import { describe, expect, it } from 'vitest'
import { tier } from '../tier.ts'

const region = 'eu-west-1'
const { probes } = resolvePolicy({})

/** How many of so many environments, in four processes, reach a dead dependency when all wake up at once. */
async function burst(environments: number): Promise<number> {
  const { endpoint, close } = await startDynalite(0, region, async client => {
    await createCircuitTable(client, 'circuits')
  })
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: fakeCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: fakeCredentials.secretAccessKey,
  }
  Object.assign(process.env, env)
  const store = new DynamoDbStore({ tableName: 'circuits' })
  const now = Date.now()
  const record = {
    state: 'OPEN',
    generation: 1,
    since: now,
    openings: 1,
    environment: 'test',
    retryAt: now + 5_000,
    reason: 'failure-rate',
  } as const
  await store.write('payments', record, 0, now)
  const children: ChildProcess[] = []
  try {
    const said = async (child: ChildProcess) => {
      const [message] = await once(child, 'message')
      return message as Record<string, number>
    }
    for (let index = 0; index < 4; index++) {
      const file = new URL('burst-child.fixture.ts', import.meta.url)
      children.push(
        fork(file, [String(Math.ceil(environments / 4))], {
          env,
          execArgv: ['--conditions=@breakwater/source'],
        }),
      )
    }
    const known = await Promise.all(children.map(said))
    expect(known.reduce((sum, { known = 0 }) => sum + known, 0)).toBe(4 * Math.ceil(environments / 4))
    const ends = children.map(said)
    for (const child of children) child.send('go')
    return (await Promise.all(ends)).reduce((sum, { reached = 0 }) => sum + reached, 0)
  } finally {
    for (const child of children) child.kill()
    store.close()
    await close()
  }
}

describe.runIf(tier === 'long')('after ten minutes of silence a burst of one call an environment', () => {
  it.each([4, 400, 2_000, 5_000])(
    'lets few of %i calls reach a dead dependency, on the wire',
    {
      timeout: 120_000,
    },
    async environments => {
      const reached = await burst(environments)
      expect(reached).toBeLessThanOrEqual(probes + 2)
      // A table that answers in time gives a permit; one that is overrun by the burst may give none.
      if (environments < 10) expect(reached).toBeGreaterThan(0)
    },
  )
})
