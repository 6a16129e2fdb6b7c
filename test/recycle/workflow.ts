import {
  createStateMachine,
  type Execution,
  type StateMachine,
  type TaskContext,
  TaskError,
} from '@breakwater/asl'
import type { Executions } from '@breakwater/recycler/functions'
import { type RecycleReport, recycleServices } from '@breakwater/recycler/workflow'
import type { Timeline } from './timeline.ts'

const arnOf = (name: string) => `arn:aws:lambda:eu-west-1:111122223333:function:${name}`

/** The functions that the workflow calls. */
export interface Functions {
  planner(request: unknown): Promise<unknown>
  executor(request: unknown): Promise<unknown>
  /** Hears of the end of each execution, in its very moment. */
  reported(report: RecycleReport): void
}

/** The workflow `recycle-services` as it is deployed, with all its executions. */
export class Workflow implements Executions {
  readonly executions = new Map<string, Execution>()
  /** The details of the events `Recycle Finished`, in order. */
  readonly reports: RecycleReport[] = []
  readonly #machine: StateMachine
  readonly #functions: Functions

  constructor(time: Timeline, random: () => number, functions: Functions) {
    this.#functions = functions
    const definition = recycleServices({
      planner: arnOf('planner'),
      executor: arnOf('executor'),
      bus: 'breakwater',
    })
    this.#machine = createStateMachine(definition, {
      clock: time,
      random,
      integrations: (args, context) => this.#work(args as Arguments, context),
    })
  }

  async start(name: string, input: object): Promise<'started' | 'exists'> {
    if (this.executions.has(name)) return 'exists'
    this.executions.set(name, this.#machine.start({ name, input }))
    return 'started'
  }

  async isRunning(name: string): Promise<boolean> {
    return this.executions.get(name)?.status === 'RUNNING'
  }

  get running(): readonly Execution[] {
    return [...this.executions.values()].filter(({ status }) => status === 'RUNNING')
  }

  async #work(args: Arguments, { resource }: TaskContext): Promise<unknown> {
    const action = resource.kind === 'optimized' ? `${resource.service}:${resource.action}` : 'function'
    if (action === 'lambda:invoke') return { Payload: await this.#invoke(args), StatusCode: 200 }
    if (action === 'states:startExecution') {
      const name = `handed-over-${this.executions.size}`
      await this.start(String(args.Name ?? name), args.Input as object)
      return { ExecutionArn: name, StartDate: '' }
    }
    if (action === 'events:putEvents') {
      const [entry] = args.Entries as { Detail: RecycleReport }[]
      this.reports.push(entry!.Detail)
      this.#functions.reported(entry!.Detail)
      return { FailedEntryCount: 0, Entries: [{ EventId: '1' }] }
    }
    throw new TaskError('States.Runtime', `${action} is not in this world`)
  }

  async #invoke({ FunctionName, Payload }: Arguments): Promise<unknown> {
    const called = FunctionName === arnOf('planner') ? 'planner' : 'executor'
    try {
      // As it travels.
      const answer = await this.#functions[called](JSON.parse(JSON.stringify(Payload)))
      return JSON.parse(JSON.stringify(answer ?? null))
    } catch (error) {
      if (error instanceof TaskError) throw error
      const { name, message } = error as Error
      throw new TaskError(name, JSON.stringify({ errorType: name, errorMessage: message }))
    }
  }
}

type Arguments = Readonly<Record<string, unknown>>
