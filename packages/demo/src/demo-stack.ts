import type { CircuitEvent } from '@breakwater/circuit'
import type { Scheduler, ServiceCall } from '@breakwater/emulator'
import { type LocalFunction, type LocalRole, type LocalStack, startStack } from '@breakwater/emulator'
import { type Provider, startProvider } from './provider.ts'
import { type Synthesis, synthesise } from './synthesis.ts'

/** The reference stack and its payment provider on one machine. */
export interface DemoStack {
  readonly stack: LocalStack
  readonly provider: Provider
  /** URL of the orders API. */
  readonly orders: string
  /** The API that starts workflows, and the roles that may call it. */
  readonly workflows: {
    readonly url: string
    /** Places orders. */
    readonly shop: LocalRole
    /** Recycles services. */
    readonly recycleOperator: LocalRole
  }
  /** Of the orders function. */
  readonly scheduler: Scheduler
  /** Ends everything. May be called more than once. */
  close(): Promise<void>
}

/** Options of {@link startDemoStack}. */
export interface DemoStackOptions {
  /** Makes the stacks. @default the reference stack, synthesised */
  readonly synthesise?: (context: Readonly<Record<string, string>>) => Promise<Synthesis>
  /** Environment variables of functions, beside those of the template. `environment`: `orders-1`. */
  readonly env?: (role: Role, environment: string) => Readonly<Record<string, string>>
  /** The most environments of a function. @default 8 */
  readonly maxEnvironments?: number
  /** Environments of the orders function that are started before the first call. @default 4 */
  readonly warmEnvironments?: number
  /** Ports; 0 for a free one. @default 0 */
  readonly ports?: {
    readonly orders?: number
    readonly workflows?: number
    readonly provider?: number
    readonly table?: number
  }
  /** Called for every event of a circuit; `environment` is its id in the scheduler. */
  readonly onCircuitEvent?: (role: Role, environment: string, event: CircuitEvent) => void
  /** Called for the logs of an environment, in chunks. */
  readonly onLog?: (environment: string, text: string) => void
  /** Called with every call of the stack to a service. @default nothing is reported */
  readonly onServiceCall?: (call: ServiceCall) => void
  /** Called as each of the {@link startSteps} begins. */
  readonly onStep?: (step: StartStep) => void
}

/** The role of a function in the reference stack. */
export type Role = 'orders' | 'gate' | 'tasks' | 'recycler'

/** A step of starting; `work`: its part of all of them. */
export interface StartStep {
  readonly name: string
  readonly work: number
}

const [synthesising, starting, warming] = [
  { name: 'synthesising the stack', work: 6 },
  { name: 'starting the stack', work: 2 },
  { name: 'starting environments', work: 2 },
] as const satisfies readonly StartStep[]

/** The steps of {@link startDemoStack}, in their order. */
export const startSteps: readonly StartStep[] = [synthesising, starting, warming]

const prefix = 'breakwater-dev'

/** Starts the provider, synthesises the stack that charges there, and runs its template. */
export async function startDemoStack(options: DemoStackOptions = {}): Promise<DemoStack> {
  const { ports = {}, warmEnvironments = 4, onCircuitEvent, onLog, onServiceCall, onStep } = options
  const closers: (() => Promise<unknown>)[] = []
  const close = async () => {
    // Last started, first closed: nothing loses what it still needs.
    for (let closer = closers.pop(); closer; closer = closers.pop()) await closer()
  }
  try {
    const provider = await startProvider({ port: ports.provider ?? 0 })
    closers.push(provider.close)
    onStep?.(synthesising)
    const make = options.synthesise ?? synthesise
    const { stacks, discard } = await make({ paymentUrl: `${provider.url}/charges`, recycleDryRun: 'false' })
    closers.push(discard)

    onStep?.(starting)
    const stack = await startStack(stacks, {
      maxEnvironments: options.maxEnvironments ?? 8,
      env: (name, id) => ({ ...options.env?.(roleOf(name), shortOf(name, id)) }),
      onCircuitEvent: (name, id, event) => onCircuitEvent?.(roleOf(name), id, event),
      onLog: (name, id, text) => onLog?.(shortOf(name, id), text),
      ...(onServiceCall && { onServiceCall }),
      ports: {
        dynamodb: ports.table ?? 0,
        apis: {
          [`${prefix}-orders-api`]: ports.orders ?? 0,
          [`${prefix}-workflows-api`]: ports.workflows ?? 0,
        },
      },
    })
    closers.push(stack.close)

    onStep?.(warming)
    const { scheduler } = ordersFunction(stack)
    await scheduler.warm(warmEnvironments)
    const outputs = stack.outputs[`${prefix}-workflows`]
    const role = (output: string) => stack.roles.get(String(outputs?.[output]))
    return {
      stack,
      provider,
      orders: stack.apis.get(`${prefix}-orders-api`).url,
      workflows: {
        url: stack.apis.get(`${prefix}-workflows-api`).url,
        shop: role('ShopRole'),
        recycleOperator: role('RecycleOperatorRole'),
      },
      scheduler,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function ordersFunction({ functions }: LocalStack): LocalFunction {
  const found = [...functions].find(({ name }) => roleOf(name) === 'orders')
  if (!found) throw new Error('the stacks have no function that takes orders')
  return found
}

/** By the name that the function has after its stack and its construct. */
function roleOf(name: string): Role {
  if (name.startsWith(`${prefix}-orders`)) return 'orders'
  if (name.startsWith(`${prefix}-recycler`)) return 'recycler'
  return /gate/i.test(name) ? 'gate' : 'tasks'
}

function shortOf(name: string, id: string): string {
  return `${roleOf(name)}-${id.slice(name.length + 1)}`
}
