import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'

/** A request that was sent. */
export interface SentRequest {
  readonly operation: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into inputs of every operation
  readonly input: any
}

type Answer = (request: SentRequest, pass: () => Promise<unknown>) => unknown

/** Records what is sent through a client, and lets a test answer in its place. */
export function recorder(client?: DynamoDBClient, answer: Answer = (_, pass) => pass()) {
  const sent: SentRequest[] = []
  const send = async (command: { constructor: { name: string }; input: object }, options?: object) => {
    const request = { operation: command.constructor.name.replace('Command', ''), input: command.input }
    sent.push(request)
    return answer(request, () => client!.send(command as never, options))
  }
  return { sent, client: { send } as unknown as Pick<DynamoDBClient, 'send'> }
}
