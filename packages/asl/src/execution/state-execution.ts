import type { Leaving, State } from '../definition/model.ts'
import { StateFailure } from '../errors.ts'
import type { Template } from '../expressions/template.ts'
import { isTooLong, type Json, type JsonObject } from '../values.ts'
import { type Payload, payload, type Strand } from './branch.ts'

/** Nothing in a history is cut short here. */
export const whole = { truncated: false } as const

/** How a state was left. */
export interface Left {
  readonly output: Payload
  readonly assigned: JsonObject | undefined
  /** Undefined where nothing follows. */
  readonly next: string | undefined
}

/** One stay of an execution in one state, with all its tries. */
export class Visit {
  readonly state: State
  readonly strand: Strand
  readonly input: Payload
  readonly enteredId: number
  readonly #enteredTime: string
  /** How often it was tried again. */
  retryCount = 0
  /** Of this try, for `.waitForTaskToken`. */
  token: string | undefined

  constructor(state: State, strand: Strand, input: Payload) {
    const { clock, history } = strand.around
    this.state = state
    this.strand = strand
    this.input = input
    this.#enteredTime = new Date(clock.now()).toISOString()
    this.enteredId = history.add(strand, `${state.type}StateEntered`, {
      name: state.name,
      input: input.text,
      inputDetails: whole,
    })
  }

  /** The context object. */
  get context(): JsonObject {
    const { around, item } = this.strand
    const State = { EnteredTime: this.#enteredTime, Name: this.state.name, RetryCount: this.retryCount }
    return {
      ...around.context,
      State,
      ...(item && { Map: item }),
      ...(this.token !== undefined && { Task: { Token: this.token } }),
    }
  }

  /** Adds an event to the history. */
  note(type: string, details?: object): number {
    return this.strand.around.history.add(this.strand, type, details)
  }

  /**
   * Evaluates a field.
   *
   * @param more what `$states` holds beside input and context.
   * @throws StateFailure named States.QueryEvaluationError, Cancelled
   */
  async evaluate(field: Template, more?: JsonObject, context: JsonObject = this.context): Promise<Json> {
    if (field.constant !== undefined) return field.constant
    const { around, cancellation, variables } = this.strand
    const states = { input: this.input.value, context, ...more }
    const surroundings = { now: around.clock.now(), random: around.random }
    try {
      const value = await field.evaluate({ states, variables: variables.values, surroundings })
      cancellation.check()
      return value
    } catch (error) {
      if (error instanceof StateFailure) throw this.failedQuery(error.cause, error.location)
      throw error
    }
  }

  /** A field's value is not what it must be. Goes into the history. */
  failedQuery(why: string, location: string | undefined): StateFailure {
    const { name } = this.state
    const error = 'States.QueryEvaluationError'
    const cause = `${this.#where} ${why}`
    this.note('EvaluationFailed', { error, cause, ...(location && { location }), state: name })
    return new StateFailure(error, cause, location)
  }

  /** A failure of the state itself. */
  failure(error: string, why: string): StateFailure {
    return new StateFailure(error, `${this.#where} ${why}`)
  }

  /** Evaluates a field that is a number, or else undefined. */
  async number(
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
    throw this.failedQuery(
      `The field '${location}' is ${JSON.stringify(value)}; allowed is ${allowed}.`,
      location,
    )
  }

  /** Evaluates what the state leaves behind. */
  async leave(
    leaving: Leaving,
    next: string | undefined,
    otherwise: Payload,
    more?: JsonObject,
  ): Promise<Left> {
    // Both see the variables as they were: an Assign holds from the next state on.
    const output = leaving.output ? payload(await this.evaluate(leaving.output, more)) : otherwise
    const assigned = leaving.assign && ((await this.evaluate(leaving.assign, more)) as JsonObject)
    this.check(output)
    return { output, assigned, next }
  }

  /** @throws StateFailure for more than a payload may be. */
  check({ text }: Payload): void {
    if (!isTooLong(text)) return
    throw new StateFailure(
      'States.DataLimitExceeded',
      `The state/task '${this.state.name}' returned a result with a size exceeding the maximum number of bytes service limit.`,
    )
  }

  get #where(): string {
    return `An error occurred while executing the state '${this.state.name}' (entered at the event id #${this.enteredId}).`
  }
}
