import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { unpacked } from './packed.fixture.ts'
import { Project, peers } from './project.fixture.ts'

let project: Project
beforeAll(() => {
  project = new Project({
    installed: peers,
    files: {
      'call.mjs': `process.env.CIRCUIT_TABLE = 'circuits'
process.env.CIRCUIT_OPTIONS = '{"circuits":{"payments":{}}}'
const { handler } = await import('./gate/index.mjs')
await handler({ action: 'open' }, { functionName: 'gate' }).catch(({ name }) => console.log('refused by ' + name))`,
    },
  })
})
afterAll(() => project.remove())

it('the gate is bundled by the command of its README, and refuses what is no request', async () => {
  const readme = readFileSync(join(unpacked(), 'circuit-gate', 'README.md'), 'utf8')
  const command = /^npx esbuild ((?:.*\\\n)*.*)$/m.exec(readme)![1]!
  const args = [...command.replaceAll('\\\n', ' ').matchAll(/(?:[^\s"]|"[^"]*")+/g)].map(([arg]) =>
    arg.replaceAll('"', ''),
  )
  const bundled = await project.node([project.path('node_modules/esbuild/bin/esbuild'), ...args])
  expect([bundled.code, bundled.output]).toEqual([0, expect.stringMatching(/gate.index\.mjs/)])
  const { stdout } = await project.node(['call.mjs'])
  expect(stdout).toContain('refused by Breakwater.BadRequest\n')
})
