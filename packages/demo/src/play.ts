import { once } from 'node:events'
import { PortError } from '@breakwater/emulator'
import type { DemoStack, DemoStackOptions } from './demo-stack.ts'
import { FleetWatch } from './fleet-watch.ts'
import { Narrator, printable, wantsColours } from './narrator.ts'
import type { Options } from './options.ts'
import { playOutage } from './outage.ts'
import { writeRequests } from './requests.ts'
import { playRotation } from './rotation.ts'
import { circuitName, functionVariables, recoveryMs } from './settings.ts'
import { startWithProgress } from './start-with-progress.ts'
import { summarise } from './summary.ts'

/** The streams of {@link play}. */
export interface PlayStreams {
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  /** Either of the two, for the course of the demonstration. */
  readonly output: NodeJS.WriteStream
}

/** Plays the demonstration, and serves after it; answers the exit code. */
export async function play(options: Options, streams: PlayStreams, signal: AbortSignal): Promise<number> {
  try {
    return await run(options, streams, signal)
  } catch (error) {
    if (!(error instanceof PortError)) throw error
    streams.stderr.write(`${printable(error.message)}\n`)
    return 1
  }
}

async function run(
  options: Options,
  { stdout, stderr, output }: PlayStreams,
  signal: AbortSignal,
): Promise<number> {
  const narrator = new Narrator(line => output.write(`${line}\n`), wantsColours(output))
  const watch = new FleetWatch(circuitName)
  watch.onTransition(transition => narrator.transition(transition))

  const demoOptions: DemoStackOptions = {
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
    onLog: (_environment, text) => options.logs && stderr.write(printable(text)),
  }
  const demo = await startWithProgress(demoOptions, output)
  try {
    const outage = await playOutage({ demo, watch, narrator, rate: options.rate, recoveryMs, signal })
    const recycle = await unlessAborted(signal, () => playRotation({ demo, narrator, signal }))
    const { summary, problems } = summarise({ ...outage, recycle })
    if (signal.aborted) narrator.line('stopped before the demonstration was over')
    else printVerdict(narrator, problems)
    if (options.json)
      stdout.write(`${JSON.stringify(signal.aborted ? { ...summary, ok: false } : summary)}\n`)
    if (options.once) return summary.ok && !signal.aborted ? 0 : 1

    if (!signal.aborted) await serve(narrator, demo, signal)
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
      'The outage was survived: every order was answered.\nEvery service that may be recycled has the rotated secret.',
    )
  for (const problem of problems) narrator.problem(`not as expected: ${problem}`)
}

async function serve(narrator: Narrator, demo: DemoStack, signal: AbortSignal): Promise<void> {
  const requests = await writeRequests()
  try {
    printAddresses(narrator, demo, requests.folder)
    if (!signal.aborted) await once(signal, 'abort')
  } finally {
    await requests.discard()
  }
}

function printAddresses(narrator: Narrator, demo: DemoStack, requests: string): void {
  const { orders, workflows, provider, stack } = demo
  const signature = `--aws-sigv4 aws:amz:${stack.variables.AWS_REGION}:execute-api --user local:local`
  narrator.line(`
Serving until Ctrl-C:
  orders API        ${orders}
  workflows API     ${workflows.url}
  payment provider  ${provider.url}
  DynamoDB          ${stack.endpoints.dynamodb}
  Step Functions    ${stack.endpoints.states}
  ECS               ${stack.endpoints.ecs}
  Secrets Manager   ${stack.endpoints.secretsmanager}

To try from this folder; the files behind -K hold headers and bodies to change.

Create an order, break the provider ("none" heals it), look at the health:
  curl -i ${orders}/orders -K ${requests}/order
  curl -X PUT ${provider.url}/faults -d '{"mode":"errors"}'
  curl ${orders}/health

Call through the circuit by a workflow, whose API takes signed requests only:
  curl -i ${signature} \\
    -K ${requests}/guarded-call ${workflows.url}/workflows/guarded-call

Ask what a change of the secret would recycle now; the answer's Location, signed
as well, has the plan:
  curl -i ${signature} \\
    -K ${requests}/recycle ${workflows.url}/workflows/recycle-services
`)
}
