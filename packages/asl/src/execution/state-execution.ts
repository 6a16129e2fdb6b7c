import type { OutputAndAssign, State } from '../definition/model.ts'
import { StateFailure } from '../errors.ts'
import type { Template } from '../expressions/template.ts'
import { exceedsPayloadLimit, type Json, type JsonObject } from '../values.ts'
import { type Branch, type Payload, payload } from './branch.ts'

/** Histories are never truncated here. */
export const notTruncated = { truncated: false } as const

/** The end of a state: its output, the variables it assigns, and the state that follows. */
export interface Transition {
  readonly output: Payload
  readonly assigned: JsonObject | undefined
  /** Undefined at the end of the branch. */
  readonly next: string | undefined
}

/** One state as it is executed, from entering it to leaving it, with all its attempts. */
export class StateExecution {
  readonly state: State
  readonly branch: Branch
  readonly input: Payload
  readonly enteredId: number
  readonly #enteredTime: string
  /** Number of retries so far. */
  retryCount = 0
  /** Task token of this attempt, for `.waitForTaskToken`. */
  token: string | undefined

  constructor(state: State, branch: Branch, input: Payload) {
    const { clock, history } = branch.context
    this.state = state
    this.branch = branch
    this.input = input
    this.#enteredTime = new Date(clock.now()).toISOString()
    this.enteredId = history.add(branch, `${state.type}StateEntered`, {
      name: state.name,
      input: input.text,
      inputDetails: notTruncated,
    })
  }

  /** The context object. */
  get contextObject(): JsonObject {
    const { context, mapItem } = this.branch
    const State = { EnteredTime: this.#enteredTime, Name: this.state.name, RetryCount: this.retryCount }
    return {
      ...context.contextObject,
      State,
      ...(mapItem && { Map: mapItem }),
      ...(this.token !== undefined && { Task: { Token: this.token } }),
    }
  }

  /** Adds an event to the history. */
  addEvent(type: string, details?: object): number {
    return this.branch.context.history.add(this.branch, type, details)
  }

  /**
   * Evaluates a field.
   *
   * @param more fields of `$states` beside input and context.
   * @throws StateFailure named States.QueryEvaluationError, Cancelled
   */
  async evaluate(
    field: Template,
    more?: JsonObject,
    contextObject: JsonObject = this.contextObject,
  ): Promise<Json> {
    if (field.constant !== undefined) return field.constant
    const { context, cancellation, variables } = this.branch
    const states = { input: this.input.value, context: contextObject, ...more }
    const sources = { now: context.clock.now(), random: context.random }
    try {
      const value = await field.evaluate({ states, variables: variables.values, sources })
      cancellation.throwIfCancelled()
      return value
    } catch (error) {
      if (error instanceof StateFailure) throw this.queryFailure(error.cause, error.location)
      throw error
    }
  }

  /** The failure of a field whose expression fails or whose value is not allowed; goes into the history. */
  queryFailure(why: string, location: string | undefined): StateFailure {
    const { name } = this.state
    const error = 'States.QueryEvaluationError'
    const cause = `${this.#where} ${why}`
    this.addEvent('EvaluationFailed', { error, cause, ...(location && { location }), state: name })
    return new StateFailure(error, cause, location)
  }

  /** A failure of the state itself, by name. */
  failure(error: string, why: string): StateFailure {
    return new StateFailure(error, `${this.#where} ${why}`)
  }

  /** Evaluates a field that must be a number; undefined where the field is not there. */
  async evaluateNumber(
    field: Template | undefined,
    location: string,
    min: number,
    max: number,
    whole = true,
  ): Promise<number | undefined> {
    if (!field) return undefined
    const value = await this.evaluate(field)
    const isRight = typeof value === 'number' && value >= min && value <= max
    if (isRight && (!whole || Number.isInteger(value))) return value
    const allowed = `a ${whole ? 'whole ' : ''}number from ${min} to ${max}`
    throw this.queryFailure(
      `The field '${location}' is ${JSON.stringify(value)}; allowed is ${allowed}.`,
      location,
    )
  }

  /** Evaluates Output and Assign, of the state itself, a choice rule or a catcher. */
  async transition(
    fields: OutputAndAssign,
    next: string | undefined,
    defaultOutput: Payload,
    more?: JsonObject,
  ): Promise<Transition> {
    // Both see the variables as they were: Assign takes effect with the next state.
    const output = fields.output ? payload(await this.evaluate(fields.output, more)) : defaultOutput
    const assigned = fields.assign && ((await this.evaluate(fields.assign, more)) as JsonObject)
    this.checkSize(output)
    return { output, assigned, next }
  }

  /** @throws StateFailure for a payload over the limit. */
  checkSize({ text }: Payload): void {
    if (!exceedsPayloadLimit(text)) return
    throw new StateFailure(
      'States.DataLimitExceeded',
      `The state/task '${this.state.name}' returned a result with a size exceeding the maximum number of bytes service limit.`,
    )
  }

  get #where(): string {
    return `An error occurred while executing the state '${this.state.name}' (entered at the event id #${this.enteredId}).`
  }
}
