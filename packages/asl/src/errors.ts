/**
 * The error for a definition that is wrong or needs something unsupported. The message names the state, the field, its
 * value and what is allowed.
 *
 * @example
 * try { createStateMachine(definition, options) } catch (error) { if (error instanceof DefinitionError) … }
 */
export class DefinitionError extends Error {
  override readonly name: string = 'DefinitionError'
  /** Name of the state; undefined where the machine itself is wrong. */
  readonly state: string | undefined
  /** Such as `Retry[0].MaxAttempts`. */
  readonly field: string

  constructor(state: string | undefined, field: string, message: string) {
    super(`${state === undefined ? 'the machine' : `state ${JSON.stringify(state)}`}, ${field}: ${message}`)
    this.state = state
    this.field = field
  }
}

/**
 * The failure of a task by name, for Retry and Catch to match.
 *
 * @param error such as `Lambda.TooManyRequestsException`.
 * @param cause any text; Lambda functions give JSON.
 * @example
 * tasks: { Charge: () => { throw new TaskError('Lambda.TooManyRequestsException', 'Rate exceeded') } }
 */
export class TaskError extends Error {
  override readonly name: string = 'TaskError'
  readonly error: string
  override readonly cause: string

  constructor(error: string, cause = '') {
    super(cause === '' ? error : `${error}: ${cause}`)
    this.error = error
    this.cause = cause
  }
}

/**
 * The error for a task token that no task waits for, or an output that is no JSON or too long.
 *
 * @example
 * try { machine.sendTaskSuccess(token, output) } catch (error) { if (error instanceof TaskTokenError) console.log(error.name) }
 */
export class TaskTokenError extends Error {
  override readonly name: string
  constructor(name: 'TaskTimedOut' | 'InvalidToken' | 'InvalidOutput', message: string) {
    super(message)
    this.name = name
  }
}

/** The failure of a state, which Retry and Catch match by name. */
export class StateFailure extends Error {
  override readonly name: string = 'StateFailure'
  readonly error: string
  override readonly cause: string
  /** The field whose expression failed. */
  readonly location: string | undefined

  constructor(error: string, cause = '', location?: string) {
    super(`${error}: ${cause}`)
    this.error = error
    this.cause = cause
    this.location = location
  }
}
