import { Readable } from 'node:stream'

/** Answers one operation of a service, as its JSON protocol has input and output: times in seconds since the epoch. */
// biome-ignore lint/suspicious/noExplicitAny: what the SDK sends is what the tests look at
export type Operation = (input: any) => unknown

/** An error by the service's code. */
export class ServiceFault extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status = 400) {
    super(message)
    this.code = code
    this.status = status
  }
}

/**
 * Configuration of a real SDK client whose requests are answered in this process, by the real serialisers, and made once.
 * An operation that throws a ServiceFault answers with that error; any other error is one of the network.
 *
 * @example
 * const ecs = new ECSClient(inProcess({ ListClusters: () => ({ clusterArns: [] }) }))
 */
export function inProcess(operations: Readonly<Record<string, Operation>>) {
  return {
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
    requestHandler: {
      async handle({ headers, body }: { headers: Record<string, string>; body?: unknown }) {
        const name = String(headers['x-amz-target']).split('.').at(-1)!
        const operation = operations[name]
        if (!operation) throw new Error(`the test answers no ${name}`)
        try {
          const text = body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body ?? '{}')
          return answer(200, await operation(JSON.parse(text)))
        } catch (error) {
          if (!(error instanceof ServiceFault)) throw error
          return answer(error.status, { __type: error.code, message: error.message })
        }
      },
    },
  }
}

function answer(statusCode: number, body: unknown) {
  return {
    response: {
      statusCode,
      headers: { 'content-type': 'application/x-amz-json-1.1' },
      body: Readable.from([Buffer.from(JSON.stringify(body ?? {}))]),
    },
  }
}
