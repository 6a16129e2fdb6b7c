import { createServer } from 'node:http'
import { close, host, listen } from '../../aws/http-server.ts'
import type { ServiceDefinition } from '../service.ts'

/** The endpoint of all services that are not here. It refuses every request, where an SDK would go to the real ones. */
export const unsupported: ServiceDefinition = {
  types: {},

  async start(_, { log }) {
    const server = createServer((request, response) => {
      request.resume()
      const { method, url, headers } = request
      // The SDK names the service it signs for.
      const service =
        /\/\d{8}\/[\w-]+\/([\w-]+)\/aws4_request/.exec(headers.authorization ?? '')?.[1] ?? 'unknown'
      const action = headers['x-amz-target'] ?? `${method} ${url}`
      const message = `The service ${service} is not supported locally: ${action}`
      log(message)
      const type = 'UnknownOperationException'
      response.writeHead(400, { 'content-type': 'application/json', 'x-amzn-errortype': type })
      response.end(JSON.stringify({ __type: type, message }))
    })
    const port = await listen(server, 0, '--other-port')
    return { fallbackEndpoint: `http://${host}:${port}`, close: () => close(server) }
  },
}
