import type { CircuitEvent } from '@breakwater/circuit'
import { bundle } from './bundle.ts'
import { startEnvironment } from './environment.ts'
import { type Front, startFront } from './front.ts'
import { type Provider, startProvider } from './provider.ts'
import { Scheduler } from './scheduler.ts'
import { fakeCredentials, region, startTable, type Table } from './table.ts'

/** The whole system on one machine. */
export interface Rig {
  readonly front: Front
  readonly provider: Provider
  readonly table: Table
  readonly scheduler: Scheduler
  /** Ends everything. May be called more than once. */
  close(): Promise<void>
}

/** Options of {@link startRig}. */
export interface RigOptions {
  /** The function's source. @default functions/orders/src/handler.ts */
  readonly entry?: URL
  /** Environment variables of the function, beside those that Lambda sets and the addresses. */
  readonly env?: (environment: string) => Readonly<Record<string, string>>
  /** @default 8 */
  readonly maxEnvironments?: number
  /** Environments that are there before the first call. @default 4 */
  readonly warmEnvironments?: number
  /** The function's timeout, in ms. @default 3_000 */
  readonly timeoutMs?: number
  /** Ports; 0 for a free one. @default 0 */
  readonly ports?: { readonly front?: number; readonly provider?: number; readonly table?: number }
  /** Told what the circuits in an environment say. */
  readonly onCircuitEvent?: (environment: string, event: CircuitEvent) => void
  /** Told what an environment logs, in chunks. */
  readonly onLog?: (environment: string, text: string) => void
}

/** Where the function lies, seen from `src` as well as from `dist`. */
const ordersFunction = new URL('../../../functions/orders/src/handler.ts', import.meta.url)

/**
 * Starts table, provider, environments and the endpoint in front of them: requests come in at the front,
 * the scheduler hands them to environments, and the function in them calls the provider and the table.
 */
export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const { entry = ordersFunction, env, ports = {}, maxEnvironments = 8, warmEnvironments = 4 } = options
  const closers: (() => Promise<void>)[] = []
  const close = async () => {
    // Last started, first closed: nobody loses what it still needs.
    for (let closer = closers.pop(); closer; closer = closers.pop()) await closer()
  }
  try {
    const source = await bundle(entry)
    const table = await startTable({ port: ports.table ?? 0 })
    closers.push(table.close)
    const provider = await startProvider({ port: ports.provider ?? 0 })
    closers.push(provider.close)

    const scheduler = new Scheduler({ start: startOne, maxEnvironments })
    closers.push(() => scheduler.close())
    function startOne(number: number) {
      const id = `env-${number}`
      return startEnvironment({
        id,
        source,
        functionName: 'orders',
        timeoutMs: options.timeoutMs ?? 3_000,
        env: { ...addresses(table, provider), ...env?.(id) },
        onCircuitEvent: event => options.onCircuitEvent?.(id, event),
        onLog: text => options.onLog?.(id, text),
      })
    }
    await scheduler.warm(warmEnvironments)

    const resources = ['/orders', '/health', '/{proxy+}']
    const front = await startFront({ port: ports.front ?? 0, resources, scheduler })
    closers.push(front.close)
    return { front, provider, table, scheduler, close }
  } catch (error) {
    await close()
    throw error
  }
}

function addresses(table: Table, provider: Provider): Record<string, string> {
  return {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: fakeCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: fakeCredentials.secretAccessKey,
    AWS_SESSION_TOKEN: fakeCredentials.sessionToken,
    AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
    CIRCUIT_TABLE: table.name,
    PAYMENT_URL: `${provider.url}/charges`,
  }
}
