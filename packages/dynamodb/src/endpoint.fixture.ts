import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
export const region = 'eu-west-1'

type Answer = (request: IncomingMessage, response: ServerResponse, attempt: number) => void

/** Answers with an error of DynamoDB. */
export function refuse(type: string, message = 'because', status = 400): Answer {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
    response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message }))
  }
}

/** Answers with the output of an operation. */
export function accept(data: object): Answer {
  return (_, response) => {
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' })
    response.end(JSON.stringify(data))
  }
}

/** An endpoint for the real SDK client, whose answers the test writes. */
export async function startEndpoint(answer: Answer) {
  const operations: string[] = []
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      operations.push(String(request.headers['x-amz-target']).split('.')[1]!)
      answer(request, response, operations.length)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    /** Operations that arrived, in order. */
    operations,
    clientConfig: { endpoint, region, credentials },
    stop: () => {
      server.closeAllConnections()
      return new Promise(resolve => server.close(resolve))
    },
  }
}
