import { invalid } from '@breakwater/circuit/shared'

/** A request that cannot be answered. A workflow sees it as the named error `Breakwater.BadRequest`. */
export class BadRequest extends Error {
  override readonly name = 'Breakwater.BadRequest'

  constructor(field: string, value: unknown, allowed: string) {
    super(invalid(field, value, allowed).message)
  }
}
