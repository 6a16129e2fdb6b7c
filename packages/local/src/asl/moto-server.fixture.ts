import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn'

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
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = {
    ...process.env,
    MOTO_PORT: String(port),
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_DEFAULT_REGION: 'us-east-1',
  }
  const server = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (!(await isUp(server))) return undefined
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
      const ended = once(server, 'exit')
      server.kill()
      await ended
    },
  }
}

/** Resolves with whether the server says that it runs, before it ends or cannot be started. */
function isUp(server: ChildProcess): Promise<boolean> {
  return new Promise(resolve => {
    const listen = (chunk: Buffer) => void (chunk.includes('Running on') && resolve(true))
    server.stdout?.on('data', listen)
    server.stderr?.on('data', listen)
    server.once('error', () => resolve(false))
    server.once('exit', () => resolve(false))
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}
