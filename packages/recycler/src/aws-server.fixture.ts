import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Operation, ServiceFault } from './sdk.fixture.ts'

/** A request as it came: the operation and its input. */
// biome-ignore lint/suspicious/noExplicitAny: what the SDK sends is what the tests look at
export type Request = readonly [operation: string, input: any]

/**
 * Answers unchanged SDK clients on the loopback interface, whatever the service, for tests of functions that make their
 * clients themselves. `variables` lead them here.
 */
export async function startAws(operations: Readonly<Record<string, Operation>>) {
  const requests: Request[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const name = String(request.headers['x-amz-target']).split('.').at(-1)!
    const input = JSON.parse(Buffer.concat(chunks).toString() || '{}')
    requests.push([name, input])
    const reply = (status: number, body: unknown) =>
      response
        .writeHead(status, { 'Content-Type': 'application/x-amz-json-1.1' })
        .end(JSON.stringify(body ?? {}))
    try {
      const operation = operations[name]
      if (!operation) throw new ServiceFault('UnknownOperationException', `the test answers no ${name}`)
      reply(200, await operation(input))
    } catch (error) {
      const { code = 'InternalFailure', status = 500, message } = error as ServiceFault
      reply(status, { __type: code, message })
    }
  })
  // An idle connection that is closed while a request is on its way fails that, as happens on a busy machine.
  server.keepAliveTimeout = 0
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    requests,
    variables: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      CIRCUIT_TABLE: 'circuits',
      RECYCLER_MACHINE: 'arn:aws:states:eu-west-1:123456789012:stateMachine:recycle',
      RECYCLER_OPTIONS: '{"dryRun":false}',
      POWERTOOLS_LOG_LEVEL: 'SILENT',
      POWERTOOLS_METRICS_DISABLED: 'true',
    },
    close: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
