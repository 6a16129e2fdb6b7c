import { createServer } from 'node:http'
import { close, host, listen } from '../../aws/listen.ts'

/**
 * Starts the endpoint of all services that are not here: it refuses every request and says so, where the SDK would
 * otherwise go to the real ones.
 */
export async function startOtherServices(
  log: (line: string) => void,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    request.resume()
    const { method, url, headers } = request
    // The SDK names the service it signs for.
    const service =
      /\/\d{8}\/[\w-]+\/([\w-]+)\/aws4_request/.exec(headers.authorization ?? '')?.[1] ?? 'unknown'
    const message = `The service ${service} is not supported locally: ${headers['x-amz-target'] ?? `${method} ${url}`}`
    log(message)
    const type = 'UnknownOperationException'
    response.writeHead(400, { 'content-type': 'application/json', 'x-amzn-errortype': type })
    response.end(JSON.stringify({ __type: type, message }))
  })
  const port = await listen(server, 0, '--other-port')
  return { url: `http://${host}:${port}`, close: () => close(server) }
}
