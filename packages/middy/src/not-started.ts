const marker = Symbol.for('breakwater.error')
const errorName = 'RecordNotStartedError'

/**
 * A record of a batch was not started, because the time of the invocation was up. It says nothing of the record or of the
 * dependency, and the record is delivered again.
 *
 * @example
 * onFailure: (record, error) => isRecordNotStartedError(error) || logger.error(`record failed`, error)
 */
export class RecordNotStartedError extends Error {
  /** Identifier of the record: its message id or sequence number. */
  declare readonly record: string

  constructor(record: string) {
    super(`Record ${JSON.stringify(record)} was not started: the time of the invocation was up`)
    this.name = errorName
    this.record = record
  }

  /** @internal */
  get [marker](): string {
    return errorName
  }
}

/**
 * True for a {@link RecordNotStartedError}, also one from another copy of this package.
 *
 * @example
 * if (isRecordNotStartedError(error)) metrics.addMetric('RecordNotStarted', 'Count', 1)
 */
export function isRecordNotStartedError(error: unknown): error is RecordNotStartedError {
  return (error as Record<symbol, unknown> | null | undefined)?.[marker] === errorName
}
