import { type Policy, resolvePolicy } from '@breakwater/circuit'
import { anObject, checkValue, unknownOption } from '@breakwater/circuit/shared'
import { aNumber } from './checks.ts'

const names = Object.keys(resolvePolicy({}))

/**
 * Checks a policy that becomes an environment variable, so that a bad one is noticed at synthesis and not when the
 * function starts.
 *
 * @param path name of the property that holds it: `policies.payments`.
 * @throws TypeError naming owner, option, value and what is allowed.
 */
export function checkPolicy(owner: string, path: string, policy: Policy | undefined): void {
  if (policy === undefined) return
  checkValue(owner, path, policy, anObject)
  for (const [name, value] of Object.entries(policy)) {
    if (!names.includes(name)) throw unknownOption(`${owner}: ${path}.option`, name, names)
    // JSON has no Infinity, and drops what is no value: the function would silently use a default.
    checkValue(owner, `${path}.${name}`, value, aNumber)
  }
  resolvePolicy(policy, `${owner}: ${path}`)
}
