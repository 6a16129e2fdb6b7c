import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exampleOrder, guardedCharge } from './orders.ts'
import { shop } from './shop.ts'

/** Files for `curl -K`, which hold the headers and the body of a request: the command that takes one is short. */
export interface RequestFiles {
  /** Below the current folder, with forward slashes. */
  readonly folder: string
  discard(): Promise<void>
}

/** Writes the requests that a reader of the demonstration can try: `order`, `guarded-call` and `recycle`. */
export async function writeRequests(parent = '.cache'): Promise<RequestFiles> {
  await mkdir(parent, { recursive: true })
  const folder = await mkdtemp(join(parent, '/'))
  const requests = {
    order: config({ ...exampleOrder(), orderId: 'order-1' }),
    'guarded-call': config(guardedCharge()),
    recycle: config({ secretId: shop.secret, dryRun: true }),
  }
  for (const [name, text] of Object.entries(requests)) await writeFile(join(folder, name), text)
  return {
    folder: folder.replaceAll('\\', '/'),
    discard: () => rm(folder, { recursive: true, force: true }),
  }
}

/** A configuration file of curl. Its strings have the escapes of JSON, as far as these texts need any. */
function config(body: unknown): string {
  return `header = "Content-Type: application/json"\ndata = ${JSON.stringify(JSON.stringify(body))}\n`
}
