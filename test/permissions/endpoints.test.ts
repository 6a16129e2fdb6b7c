import { CircuitTable, GuardedWorkflow } from '@breakwater/constructs'
import { type LocalStack, type ServiceCall, startStack } from '@breakwater/emulator'
import { createCallLog, policiesFor } from '@breakwater/emulator/testing'
import { App, SecretValue, Stack } from 'aws-cdk-lib'
import { Authorization, Connection } from 'aws-cdk-lib/aws-events'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { checkPermissions, decide } from './check.ts'

/** A workflow that calls the address that its input names, and may call one of them. */
function synthesise() {
  const app = new App({ analyticsReporting: false })
  const stack = new Stack(app, 'Shop')
  const connection = new Connection(stack, 'Provider', {
    authorization: Authorization.apiKey('x-key', SecretValue.unsafePlainText('local')),
  })
  const definition = {
    QueryLanguage: 'JSONata',
    StartAt: 'Call',
    States: {
      Call: {
        Type: 'Task',
        Resource: 'arn:aws:states:::http:invoke',
        Arguments: {
          ApiEndpoint: '{% $states.input.url %}',
          Method: '{% $states.input.method %}',
          Authentication: { ConnectionArn: connection.connectionArn },
        },
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }],
        End: true,
      },
      Done: { Type: 'Succeed' },
    },
  }
  const table = CircuitTable.fromTableName(stack, 'Circuits', 'circuits')
  const workflow = new GuardedWorkflow(stack, 'Workflow', { definition, table, circuits: ['payments'] })
  workflow.allowEndpoint(connection, 'POST', 'https://127.0.0.1:1/charges/{id}')
  return { name: 'Shop', template: app.synth().getStackByName('Shop').template as unknown }
}

const calls = createCallLog()
let stack: LocalStack
beforeAll(async () => {
  stack = await startStack([synthesise()], { onServiceCall: calls.record })
})
afterAll(() => stack?.close())

async function callOf(method: string, url: string): Promise<ServiceCall> {
  const input = JSON.stringify({ method, url })
  await stack.executions.start([...stack.machines][0]!, input).execution.result
  return calls
    .all()
    .findLast(
      ({ action, conditions }) =>
        action === 'states:InvokeHTTPEndpoint' && conditions['states:HTTPEndpoint'] === url,
    )!
}

it('allowEndpoint allows one method of one address by one connection, and the secret of that', async () => {
  await callOf('POST', 'https://127.0.0.1:1/charges/5')
  const made = calls.all().map(({ action }) => action)
  for (const action of ['events:RetrieveConnectionCredentials', 'secretsmanager:GetSecretValue'])
    expect(made).toContain(action)
  expect((await checkPermissions(stack.resources, calls.all())).refused).toEqual([])
})

it.each([
  ['another method', 'GET', 'https://127.0.0.1:1/charges/5'],
  ['another path', 'POST', 'https://127.0.0.1:1/refunds/5'],
  ['another host', 'POST', 'https://localhost:1/charges/5'],
])('a call of %s is refused', async (_, method, url) => {
  const call = await callOf(method, url)
  const { decision } = await decide(call, policiesFor(stack.resources, call).identity, [])
  expect(decision).toBe('ImplicitlyDenied')
})
