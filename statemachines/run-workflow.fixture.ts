import { runStateMachine } from '@breakwater/asl'
import type { CircuitRecord, Control } from '@breakwater/circuit'
import type { StateMachineDefinition } from '@breakwater/workflows'
import {
  batchGetItemResult,
  type Item,
  inStepFunctionsCasing,
  storedItems,
} from '../packages/workflows/src/items.fixture.ts'

/** Start of every execution, in epoch ms: that of a VirtualClock. */
export const executionStart = 1_800_000_000_000

const arnOf = (name: string) => `arn:aws:lambda:eu-west-1:123456789012:function:${name}`
export const gateArn = arnOf('circuit-gate')
export const workArn = arnOf('work')

const readCircuit = 'arn:aws:states:::aws-sdk:dynamodb:batchGetItem'

// biome-ignore lint/suspicious/noExplicitAny: any JSON that a workflow sends
type Any = any
type Handler = (input: Any, context: Any) => unknown

/** The circuit, the functions and the execution that a workflow runs with. */
export interface RunOptions {
  /** The results of the reads of the circuit, one after another; the last one is repeated. A handler may fail. */
  readonly circuit?: readonly (CircuitRecord | Control | Handler | undefined)[]
  readonly gate?: Handler
  readonly work?: Handler
  /** More handlers, by state or resource. */
  readonly tasks?: Readonly<Record<string, Handler>>
  readonly name?: string
  readonly type?: 'EXPRESS' | 'STANDARD'
}

/** Runs a workflow, and records the requests to the gate and to the function that does its work. */
export async function runWorkflow(
  definition: StateMachineDefinition,
  input: unknown,
  options: RunOptions = {},
) {
  const { circuit = [undefined], tasks, name = 'execution-1', type = 'STANDARD' } = options
  const gateRequests: Any[] = []
  const workRequests: Any[] = []
  let circuitReads = 0
  const read: Handler = async (request, context) => {
    const found = circuit[Math.min(circuitReads++, circuit.length - 1)]
    if (typeof found === 'function') return found(request, context)
    return batchGetItemResult((await itemsOf(found)).map(inStepFunctionsCasing))
  }
  const gate: Handler = (request, context) => {
    gateRequests.push(request)
    return (options.gate ?? (() => ({ outcome: 'success' })))(request, context)
  }
  const work: Handler = (request, context) => {
    workRequests.push(request)
    return (options.work ?? (() => 'done'))(request, context)
  }
  const all = { [readCircuit]: read, [gateArn]: gate, [workArn]: work, ...tasks }
  const result = await runStateMachine(definition, {
    // As sent: JSON has no undefined fields.
    input: JSON.parse(JSON.stringify(input)),
    tasks: all,
    name,
    type,
    // Half of every random wait.
    random: () => 0.5,
  })
  return { ...result, gateRequests, workRequests, circuitReads, states: entered(result.history) }
}

async function itemsOf(found: CircuitRecord | Control | undefined): Promise<Item[]> {
  if (found === undefined) return []
  return 'mode' in found ? storedItems('payments', undefined, found) : storedItems('payments', found)
}

interface Entered {
  readonly stateEnteredEventDetails?: { readonly name?: string }
}

/** Names of the states that were entered, in order. */
export function entered(history: readonly unknown[]): string[] {
  return (history as readonly Entered[]).flatMap(event => event.stateEnteredEventDetails?.name ?? [])
}

const since = executionStart - 60_000
const base = { generation: 7, since, openings: 1, environment: 'elsewhere' }

/** Records of a circuit in its states. */
export const records = {
  closed: { ...base, state: 'CLOSED', recovering: false, suspectSince: 0, suspectUntil: 0, calmUntil: 0 },
  /** Suspect after failures: every outcome is recorded. */
  suspect: {
    ...base,
    state: 'CLOSED',
    recovering: false,
    suspectSince: since,
    suspectUntil: executionStart + 20_000,
    calmUntil: 0,
  },
  open: { ...base, state: 'OPEN', retryAt: executionStart + 4_000, reason: 'failure-rate' },
  /** The open time is over: a caller may ask for a permit to probe. */
  due: { ...base, state: 'OPEN', retryAt: executionStart - 1, reason: 'failure-rate' },
} as const satisfies Record<string, CircuitRecord>

/** Overrides by an operator. */
export const overrides = {
  forcedOpen: { mode: 'FORCED_OPEN', by: 'ana', reason: 'test', at: since },
  forcedClosed: { mode: 'FORCED_CLOSED', by: 'ana', reason: 'test', at: since },
} as const satisfies Record<string, Control>
