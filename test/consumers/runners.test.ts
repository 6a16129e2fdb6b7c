import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { root } from '../src/imports.ts'
import { tier } from '../tier.ts'
import { Project } from './project.fixture.ts'

let project: Project
afterEach(() => project.remove())

/** A user's test: an outage in virtual time. `from` is how its runner names what it brings. */
const body = `
test('an outage opens the circuit, and recovery closes it', async () => {
  const clock = new VirtualClock()
  const payments = new Circuit('payments', { consecutiveFailures: 2, openMs: 5000, probes: 1, clock })
  const down = () => Promise.reject(new Error('down'))
  for (let call = 0; call < 2; call++) await payments.run(down).catch(() => {})
  await expect(payments.run(down)).rejects.toThrow('open')
  await clock.advance(6000)
  expect(await payments.run(() => 'up')).toBe('up')
  expect(payments.status().state).toBe('CLOSED')
})
`

describe.runIf(tier === 'long')("a user's own tests", () => {
  it('run by Jest, which requires CommonJS', async () => {
    project = new Project({
      type: 'commonjs',
      files: {
        'outage.test.js': `const { Circuit } = require('@breakwater/circuit')
const { VirtualClock } = require('@breakwater/circuit/testing')${body}`,
      },
    })
    const jest = join(root, 'node_modules/jest/bin/jest.js')
    const { code, output } = await project.node([jest, '--rootDir', project.folder, '--watchman=false'])
    expect([code, output]).toEqual([0, expect.stringContaining('1 passed')])
  })

  it('run by vitest', async () => {
    project = new Project({
      installed: ['vitest'],
      files: {
        'outage.test.js': `import { Circuit } from '@breakwater/circuit'
import { VirtualClock } from '@breakwater/circuit/testing'
import { expect, test } from 'vitest'${body}`,
      },
    })
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const { code, output } = await project.node([vitest, 'run', '--no-color'])
    expect([code, output]).toEqual([0, expect.stringContaining('1 passed')])
  })
})
