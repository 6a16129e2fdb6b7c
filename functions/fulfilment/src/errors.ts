/** The reasons for which a step fails. A workflow sees them as names of errors. */
export type StepErrorName =
  | 'InvalidRequest'
  | 'OutOfStock'
  | 'PaymentDeclined'
  | 'PaymentRefused'
  | 'PaymentUnavailable'
  | 'PaymentTimeout'
  | 'Undeliverable'

/** The error of a step that could not be done. */
export class StepError extends Error {
  override readonly name: StepErrorName

  constructor(name: StepErrorName, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = name
  }
}
