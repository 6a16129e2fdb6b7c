import { invalid } from '@breakwater/circuit/shared'
import { Token } from 'aws-cdk-lib'

const allowed = 'names of circuits, of 1 to 256 characters without "${", where * and ? are wildcards'

/**
 * The IAM condition that confines a grant on the circuit table to the items of some circuits: `dynamodb:LeadingKeys`
 * are the partition keys a request names, which are the circuits' names.
 *
 * @param circuits names; `*` and `?` are wildcards, as in `tenant:*`. Absent for all circuits.
 * @throws TypeError for an empty list, and for a name that is none.
 */
export function circuitCondition(
  circuits: readonly string[] | undefined,
): Record<string, Record<string, string[]>> | undefined {
  if (circuits === undefined) return undefined
  if (!Array.isArray(circuits) || circuits.length === 0) throw invalid('circuits', circuits, allowed)
  for (const name of circuits) checkName(name)
  const operator = circuits.some(name => /[*?]/.test(name)) ? 'StringLike' : 'StringEquals'
  return { [`ForAllValues:${operator}`]: { 'dynamodb:LeadingKeys': [...circuits] } }
}

function checkName(name: unknown): void {
  if (Token.isUnresolved(name)) return
  // IAM reads ${…} as a policy variable, which would match another circuit, or none.
  if (typeof name === 'string' && name !== '' && name.length <= 256 && !name.includes('${')) return
  throw invalid('circuits', name, allowed)
}
