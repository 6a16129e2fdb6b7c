import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { specifiers } from './packed.fixture.ts'
import { nodes, Project, peers } from './project.fixture.ts'

/** As Lambda starts Node 20 and 22. */
const asLambda = '--no-experimental-require-module'

let project: Project
beforeAll(() => {
  project = new Project({
    type: 'commonjs',
    installed: peers,
    files: {
      'names.mjs': `const names = {}
for (const specifier of ${JSON.stringify(specifiers)}) names[specifier] = Object.keys(await import(specifier)).sort()
console.log(JSON.stringify(names))`,
      'names.cjs': `const names = {}
for (const specifier of ${JSON.stringify(specifiers)}) names[specifier] = Object.keys(require(specifier)).sort()
console.log(JSON.stringify(names))`,
      'both.cjs': `const required = require('@breakwater/circuit')
import('@breakwater/circuit').then(async imported => {
  const events = []
  required.observeAll(({ type }) => events.push('required ' + type))
  imported.observeAll(({ type }) => events.push('imported ' + type))
  const answers = []
  for (const { Circuit } of [required, imported]) {
    const circuit = new Circuit('payments', { consecutiveFailures: 1 })
    await circuit.run(() => Promise.reject(new Error('down'))).catch(() => {})
    const error = await circuit.run(() => 'up').catch(error => error)
    answers.push(required.isCircuitOpenError(error), imported.isCircuitOpenError(error))
  }
  console.log(JSON.stringify({ same: required === imported, answers, events }))
})`,
    },
  })
})
afterAll(() => project.remove())

describe.each(nodes)('with the %s Node', (_, node) => {
  it('every entry point loads as an ES module and by require, with the same names', async () => {
    const imported = await project.node(['names.mjs'], node)
    const required = await project.node([asLambda, 'names.cjs'], node)
    for (const { code, output } of [imported, required])
      expect([code, code === 0 ? '' : output]).toEqual([0, ''])
    const names = JSON.parse(imported.stdout)
    expect(JSON.parse(required.stdout)).toEqual(names)
    expect(Object.keys(names)).toEqual(specifiers)
  })

  it('errors and observers of one format are those of the other', async () => {
    const { stdout } = await project.node([asLambda, 'both.cjs'], node)
    const { same, answers, events } = JSON.parse(stdout)
    expect(same).toBe(false)
    expect(answers).toEqual([true, true, true, true])
    for (const format of ['required', 'imported'])
      expect(events.filter((event: string) => event === `${format} transition`)).toHaveLength(2)
  })
})
