/** Why a step could not be done. A workflow sees the name as the name of the error. */
export type StepErrorName =
  | 'InvalidRequest'
  | 'OutOfStock'
  | 'PaymentDeclined'
  | 'PaymentRefused'
  | 'PaymentUnavailable'
  | 'PaymentTimeout'
  | 'Undeliverable'

/** A step could not be done. */
export class StepError extends Error {
  override readonly name: StepErrorName

  constructor(name: StepErrorName, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = name
  }
}
