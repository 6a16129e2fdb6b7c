import type { Reference, Source } from '../model.ts'
import { parseArn, sameHome } from './arn.ts'
import { endsLikeArn, parameterPath } from './names.ts'

/** How a reference names a source. */
export interface Match {
  /** `partial`: by an ARN without its six-character suffix. An exact match with another source beats it. */
  readonly match: 'exact' | 'partial'
  /** The text could also be the whole ARN of another secret: the name ends in a hyphen and six characters. */
  readonly ambiguous: boolean
}

const exact: Match = { match: 'exact', ambiguous: false }

/**
 * Whether a reference names a source. Nothing is ever cut off a name: `db` names neither `db-prod` nor `db-AbCdEf`, and
 * the ARN of a secret that was deleted and made anew under its old name is no longer its ARN.
 *
 * The parameters `foo` and `/foo` have one ARN, so that a reference by it names both.
 *
 * @returns how, or undefined where it names something else.
 * @example
 * if (matchReference(reference, secret)?.ambiguous) lookUp(reference.written)
 */
export function matchReference(
  reference: Reference,
  source: Pick<Source, 'kind' | 'arn' | 'name'>,
): Match | undefined {
  return matcherOf(source)(reference)
}

/**
 * The same for many references, of which nearly all name something else: what is to be known of the source is found out
 * once.
 *
 * @example
 * const matches = references.map(matcherOf(secret))
 */
export function matcherOf(
  source: Pick<Source, 'kind' | 'arn' | 'name'>,
): (reference: Reference) => Match | undefined {
  const arn = parseArn(source.arn)
  return reference => {
    if (!arn || reference.kind !== source.kind || !sameHome(reference, arn)) return undefined
    const { written, name } = reference
    if (source.kind === 'parameter' && written.startsWith('arn:')) {
      return arn.resource === `parameter${parameterPath(name)}` ? exact : undefined
    }
    if (source.kind === 'parameter' || !/^arn:[^:]*:secretsmanager:/.test(written)) {
      return name === source.name ? exact : undefined
    }
    if (arn.resource === `secret:${name}`) return exact
    return name === source.name ? { match: 'partial', ambiguous: endsLikeArn(name) } : undefined
  }
}
