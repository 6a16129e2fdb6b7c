import { createCircuitTable } from '@breakwater/dynamodb'
import { type DynaliteServer, startDynalite } from './dynalite-server.ts'

/** The circuits' table in an embedded DynamoDB. */
export interface Table extends DynaliteServer {
  readonly name: string
}

/** The region everything here claims to run in. */
export const region = 'eu-west-1'

/** Starts dynalite in this process and creates the table in it. */
export async function startTable(options: { port?: number; name?: string } = {}): Promise<Table> {
  const { port = 0, name = 'circuits' } = options
  const server = await startDynalite(port, region, async client => {
    await createCircuitTable(client, name)
  })
  return { name, ...server }
}
