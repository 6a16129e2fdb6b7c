import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn'
import { startMotoServer } from './moto.fixture.ts'

const roleArn = 'arn:aws:iam::123456789012:role/local'
const credentials = { accessKeyId: 'x', secretAccessKey: 'x' }

/** Whether `moto_server` is on the PATH. */
export function hasMoto(): boolean {
  return (process.env.PATH ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, 'moto_server'), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Starts `moto_server`; undefined where it does not come up. */
export async function startMoto() {
  const server = await startMotoServer()
  if (!server) return undefined
  const { url } = server
  const client = new SFNClient({ endpoint: url, region: 'us-east-1', credentials })
  const ask = (path: string, body: object) =>
    fetch(`${url}/moto-api/${path}`, { method: 'POST', body: JSON.stringify(body) })
  await ask('config', { stepfunctions: { execute_state_machine: true } })

  return {
    /** Runs a definition once, on a server that knows nothing else. */
    async run(definition: object, input: unknown) {
      await ask('reset', {})
      const machine = { name: 'm', definition: JSON.stringify(definition), roleArn }
      const { stateMachineArn } = await client.send(new CreateStateMachineCommand(machine))
      const start = new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) })
      const { executionArn } = await client.send(start)
      const look = () => client.send(new DescribeExecutionCommand({ executionArn }))
      let ended = await look()
      while (ended.status === 'RUNNING') ended = await look()
      const { events = [] } = await client.send(
        new GetExecutionHistoryCommand({ executionArn, maxResults: 1_000 }),
      )
      return { ...ended, events }
    },
    async close() {
      client.destroy()
      await server.close()
    },
  }
}
