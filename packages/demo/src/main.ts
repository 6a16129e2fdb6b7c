import { once } from 'node:events'
import { PortError } from '@breakwater/emulator'
import { type DemoStack, startDemoStack } from './demo-stack.ts'
import { FleetWatch } from './fleet-watch.ts'
import { Narrator, wantsColours } from './narrator.ts'
import { helpText, OptionError, type Options, parseOptions } from './options.ts'
import { exampleOrder, guardedCharge } from './orders.ts'
import { playOutage } from './outage.ts'
import { playRotation } from './rotation.ts'
import { circuitName, functionVariables, recoveryMs } from './settings.ts'
import { shop } from './shop.ts'
import { summarise } from './summary.ts'

/** The streams that a program writes to. */
export interface Streams {
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
}

/**
 * The whole program.
 *
 * @param signal ends it; everything is then stopped before the promise settles
 * @returns the exit code: 0 if all went well, 1 if not, 2 if an argument is wrong
 */
export async function main(args: readonly string[], streams: Streams, signal: AbortSignal): Promise<number> {
  try {
    const options = parseOptions(args)
    if (!options.help) return await run(options, streams, signal)
    streams.stdout.write(`${helpText()}\n`)
    return 0
  } catch (error) {
    if (!(error instanceof OptionError) && !(error instanceof PortError)) throw error
    streams.stderr.write(`${error.message}\n`)
    return error instanceof OptionError ? 2 : 1
  }
}

async function run(options: Options, { stdout, stderr }: Streams, signal: AbortSignal): Promise<number> {
  // With --json, standard output holds the summary alone.
  const output = options.json ? stderr : stdout
  const narrator = new Narrator(line => output.write(`${line}\n`), wantsColours(output))
  const watch = new FleetWatch(circuitName)
  watch.onTransition(transition => narrator.transition(transition))

  const demo = await startDemoStack({
    env: functionVariables,
    maxEnvironments: options.environments,
    ports: {
      orders: options.port,
      workflows: options['workflows-port'],
      provider: options['provider-port'],
      table: options['dynamodb-port'],
    },
    onCircuitEvent: (role, environment, event) =>
      watch.observe(role === 'orders' ? environment : undefined, event),
    onLog: (_environment, text) => options.logs && stderr.write(text),
  })
  try {
    const outage = await playOutage({ demo, watch, narrator, rate: options.rate, recoveryMs, signal })
    const recycle = await unlessAborted(signal, () => playRotation({ demo, narrator, signal }))
    const { summary, problems } = summarise({ ...outage, recycle })
    if (signal.aborted) narrator.line('stopped before the demonstration was over')
    else printVerdict(narrator, problems)
    if (options.json)
      stdout.write(`${JSON.stringify(signal.aborted ? { ...summary, ok: false } : summary)}\n`)
    if (options.once) return summary.ok && !signal.aborted ? 0 : 1

    if (!signal.aborted) {
      printAddresses(narrator, demo)
      await once(signal, 'abort')
    }
    return 0
  } finally {
    await demo.close()
  }
}

async function unlessAborted<T>(signal: AbortSignal, act: () => Promise<T>): Promise<T | undefined> {
  try {
    return signal.aborted ? undefined : await act()
  } catch (error) {
    if (!signal.aborted) throw error
    return undefined
  }
}

function printVerdict(narrator: Narrator, problems: readonly string[]): void {
  narrator.line()
  if (problems.length === 0)
    narrator.line(
      'The outage was survived: every order was answered. Every service that may be recycled has the rotated secret.',
    )
  for (const problem of problems) narrator.problem(`not as expected: ${problem}`)
}

function printAddresses(narrator: Narrator, demo: DemoStack): void {
  const { orders, workflows, provider, stack } = demo
  const order = JSON.stringify({ ...exampleOrder(), orderId: 'order-1' })
  narrator.line(`
Serving until Ctrl-C:
  orders API        ${orders}
  workflows API     ${workflows.url}
  payment provider  ${provider.url}
  DynamoDB          ${stack.endpoints.dynamodb}
  Step Functions    ${stack.endpoints.states}
  ECS               ${stack.endpoints.ecs}
  Secrets Manager   ${stack.endpoints.secretsmanager}

Create an order, break the provider ("none" heals it), look at the health:
  curl -i -X POST ${orders}/orders -H 'Content-Type: application/json' -d '${order}'
  curl -X PUT ${provider.url}/faults -d '{"mode":"errors"}'
  curl ${orders}/health

Call through the circuit by a workflow:
  curl -i -X POST ${workflows.url}/workflows/guarded-call -H 'x-api-key: ${workflows.key}' -H 'Content-Type: application/json' -d '${JSON.stringify(guardedCharge(demo))}'

Ask what a change of the secret would recycle now; the answer names what to GET for the plan:
  curl -i -X POST ${workflows.url}/workflows/recycle-services -H 'x-api-key: ${workflows.key}' -H 'Content-Type: application/json' -d '{"secretId":"${shop.secret}","dryRun":true}'
`)
}
