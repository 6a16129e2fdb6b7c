import {
  CircuitBreakers,
  CircuitTable,
  type CircuitVariableOptions,
  nodeFunction,
} from '@breakwater/constructs'
import { type LocalStack, readAssembly, startStack } from '@breakwater/emulator'
import { App, Stack } from 'aws-cdk-lib'
import { afterAll, beforeAll, expect, it } from 'vitest'

/** The functions of the stack, with the options that the construct gives them. */
const functions: Readonly<Record<string, CircuitVariableOptions>> = {
  Opens: { consecutiveFailures: 2, openMs: 60_000 },
  Off: { consecutiveFailures: 2, disabled: true },
  Malformed: {},
  WithoutTable: {},
}
const env: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Malformed: { CIRCUIT_OPTIONS: '{"consecutiveFailures":' },
  WithoutTable: { CIRCUIT_TABLE: '' },
}

let stack: LocalStack
const logs: Record<string, string> = {}
beforeAll(async () => {
  const app = new App({ analyticsReporting: false })
  const made = new Stack(app, 'Shop')
  const table = new CircuitTable(made, 'Circuits')
  const entry = new URL('./guarded-function.fixture.ts', import.meta.url)
  for (const [name, options] of Object.entries(functions)) {
    const handler = nodeFunction(made, name, {
      entry,
      description: `The function ${name}`,
      environment: { CIRCUIT_NAME: name },
    })
    new CircuitBreakers(made, `${name}Breakers`, {
      table,
      functions: [handler],
      circuits: [name],
      options,
    })
  }
  const of = (functionName: string) => Object.keys(functions).find(name => functionName.includes(name)) ?? ''
  stack = await startStack(readAssembly(app.synth().directory), {
    maxEnvironments: 1,
    env: name => env[of(name)] ?? {},
    onLog: (name, _, text) => {
      logs[of(name)] = (logs[of(name)] ?? '') + text
    },
  })
}, 60_000)
afterAll(() => stack?.close())

async function invoke(name: string, fail: number) {
  const found = [...stack.functions].find(one => one.name.includes(name))
  const outcome = await found!.invoke(JSON.stringify({ fail }))
  expect(outcome.kind).toBe('answered')
  return JSON.parse((outcome as { value: string }).value)
}

it('the options that CircuitBreakers was given had no effect in the function', async () => {
  // The code of the function asks for five failures.
  expect(await invoke('Opens', 1)).toMatchObject({ shedding: false, store: 'available' })
  expect(await invoke('Opens', 2)).toMatchObject({ shedding: true, scope: 'environment' })
})

it('the off switch of CircuitBreakers lets every call through', async () => {
  const status = await invoke('Off', 20)
  expect(status).toMatchObject({ state: 'CLOSED', shedding: false, store: 'unread' })
})

it('a function with malformed options goes on with those of its code, and reports it', async () => {
  const status = await invoke('Malformed', 4)
  expect(status).toMatchObject({ shedding: false, store: 'available' })
  expect(status.written).toContain('CircuitMisconfigured')
  expect(await invoke('Malformed', 5)).toMatchObject({ shedding: true })
  expect(logs.Malformed?.match(/CIRCUIT_OPTIONS: got/g)).toHaveLength(1)
})

it('a function without a table goes on alone, and reports it', async () => {
  const status = await invoke('WithoutTable', 5)
  expect(status).toMatchObject({ scope: 'environment', store: 'unavailable' })
  expect(status.written).toContain('StoreMisconfigured')
  expect(logs.WithoutTable?.match(/DynamoDbStore: tableName: got ""/g)).toHaveLength(1)
})
