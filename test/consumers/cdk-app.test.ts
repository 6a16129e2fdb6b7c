import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { root } from '../src/imports.ts'
import { tier } from '../tier.ts'
import { appAsCommonJs, appAsModule, charge, local } from './cdk-app.fixture.ts'
import { Project, peers } from './project.fixture.ts'

let project: Project
beforeAll(() => {
  const files = {
    'app.mjs': appAsModule,
    'app.cjs': appAsCommonJs,
    'charge.mjs': charge,
    'local.mjs': local,
  }
  project = new Project({ installed: peers, files })
})
afterAll(() => project.remove())

async function synthesise(app: string, folder: string) {
  const env = { CDK_OUTDIR: project.path(folder), CDK_VALIDATION: 'false' }
  const { code, output } = await project.run(process.execPath, [app], env)
  expect([code, code === 0 ? '' : output]).toEqual([0, ''])
}

it("a stranger's CDK app with every construct synthesises, and runs in the emulator", async () => {
  await synthesise('app.mjs', 'cdk.out')
  const { code, stdout, output } = await project.node(['local.mjs', 'cdk.out'])
  expect([code, code === 0 ? '' : output]).toEqual([0, ''])
  expect(JSON.parse(stdout)).toEqual({ status: 200, body: { receipt: 'paid 5' } })
})

it.runIf(tier === 'long')('the same app in CommonJS makes the same template', async () => {
  await synthesise('app.mjs', 'as-module')
  await synthesise('app.cjs', 'as-commonjs')
  const template = (folder: string) => {
    const name = readdirSync(project.path(folder)).find(file => file.endsWith('.template.json'))!
    return JSON.parse(readFileSync(project.path(folder, name), 'utf8'))
  }
  expect(template('as-commonjs')).toEqual(template('as-module'))
})

const cfnLint = tier === 'long' && spawnSync('cfn-lint', ['--version']).status === 0
it.skipIf(!cfnLint)('its template passes cfn-lint (in the long tier, where it is installed)', async () => {
  await synthesise('app.mjs', 'linted')
  const { output } = await project.run('cfn-lint', [
    '--config-file',
    join(root, 'infra/.cfnlintrc.yaml'),
    project.path('linted', 'Shop.template.json'),
  ])
  expect(output).toBe('')
})
