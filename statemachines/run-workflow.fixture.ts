import { runStateMachine } from '@breakwater/asl'
import type { CircuitRecord, Control } from '@breakwater/circuit'
import type { StateMachineDefinition } from '@breakwater/workflows'
import {
  batchGetItemResult,
  inStepFunctionsCasing,
  type Item,
  storedItems,
} from '../packages/workflows/src/items.fixture.ts'

/** When executions begin, in epoch ms: the start of a VirtualClock. */
export const executionStart = 1_800_000_000_000

const arnOf = (name: string) => `arn:aws:lambda:eu-west-1:123456789012:function:${name}`
export const gateArn = arnOf('circuit-gate')
export const workArn = arnOf('work')

const readCircuit = 'arn:aws:states:::aws-sdk:dynamodb:batchGetItem'

// biome-ignore lint/suspicious/noExplicitAny: what a workflow sends
type Any = any
type Handler = (input: Any, context: Any) => unknown

/** What stands around a workflow. */
export interface RunOptions {
  /** What each read of the circuit finds, the last one again and again; a handler may fail. */
  readonly circuit?: readonly (CircuitRecord | Control | Handler | undefined)[]
  readonly gate?: Handler
  readonly work?: Handler
  /** More handlers, by state or resource. */
  readonly tasks?: Readonly<Record<string, Handler>>
  readonly name?: string
  readonly type?: 'EXPRESS' | 'STANDARD'
}

/** Runs a workflow, and keeps what was asked of the gate and of the function that works. */
export async function runWorkflow(definition: StateMachineDefinition, input: unknown, around: RunOptions = {}) {
  const { circuit = [undefined], tasks, name = 'execution-1', type = 'STANDARD' } = around
  const asked: Any[] = []
  const worked: Any[] = []
  let reads = 0
  const read: Handler = async (request, context) => {
    const found = circuit[Math.min(reads++, circuit.length - 1)]
    if (typeof found === 'function') return found(request, context)
    return batchGetItemResult((await itemsOf(found)).map(inStepFunctionsCasing))
  }
  const gate: Handler = (request, context) => {
    asked.push(request)
    return (around.gate ?? (() => ({ outcome: 'success' })))(request, context)
  }
  const work: Handler = (request, context) => {
    worked.push(request)
    return (around.work ?? (() => 'done'))(request, context)
  }
  const all = { [readCircuit]: read, [gateArn]: gate, [workArn]: work, ...tasks }
  const result = await runStateMachine(definition, {
    // As it travels: a field that is undefined is none.
    input: JSON.parse(JSON.stringify(input)),
    tasks: all,
    name,
    type,
    // Half of every wait that is up to chance.
    random: () => 0.5,
  })
  return { ...result, asked, worked, reads, states: entered(result.history) }
}

async function itemsOf(found: CircuitRecord | Control | undefined): Promise<Item[]> {
  if (found === undefined) return []
  return 'mode' in found ? storedItems('payments', undefined, found) : storedItems('payments', found)
}

interface Entered {
  readonly stateEnteredEventDetails?: { readonly name?: string }
}

/** Names of the states that were entered, in their order. */
export function entered(history: readonly unknown[]): string[] {
  return (history as readonly Entered[]).flatMap(event => event.stateEnteredEventDetails?.name ?? [])
}

const since = executionStart - 60_000
const base = { generation: 7, since, openings: 1, environment: 'elsewhere' }

/** Records of a circuit as a test meets them. */
export const records = {
  closed: { ...base, state: 'CLOSED', recovering: false, suspectSince: 0, suspectUntil: 0, calmUntil: 0 },
  /** Failures were seen, and every outcome is asked for. */
  suspect: {
    ...base,
    state: 'CLOSED',
    recovering: false,
    suspectSince: since,
    suspectUntil: executionStart * 2,
    calmUntil: 0,
  },
  open: { ...base, state: 'OPEN', retryAt: executionStart + 4_000, reason: 'failure-rate' },
  /** Whoever comes may ask to probe. */
  due: { ...base, state: 'OPEN', retryAt: executionStart - 1, reason: 'failure-rate' },
} as const satisfies Record<string, CircuitRecord>

/** Overrides by hand. */
export const overrides = {
  forcedOpen: { mode: 'FORCED_OPEN', by: 'ana', reason: 'test', at: since },
  forcedClosed: { mode: 'FORCED_CLOSED', by: 'ana', reason: 'test', at: since },
} as const satisfies Record<string, Control>
