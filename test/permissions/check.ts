import type { ResolvedResource } from '@breakwater/emulator'
import { type NamedPolicy, policiesFor, type ServiceCall } from '@breakwater/emulator/testing'
import {
  type EvaluationResult,
  runSimulation,
  runUnsafeSimulation,
  type Simulation,
} from '@cloud-copilot/iam-simulate'
import { type Grant, grantsIn, grantsOf, nameOf, stands } from './grants.ts'

/** What is wrong with the policies of the stacks, in lines that name role, action and resource. */
export interface Findings {
  /** Calls that IAM would refuse. */
  readonly refused: readonly string[]
  /** Grants without which every call is allowed all the same. */
  readonly unused: readonly string[]
  /** Condition keys of calls that AWS's Service Authorization Reference does not have for the action: `action: key`. */
  readonly unknownKeys: readonly string[]
}

/**
 * Holds the calls of a play against the policies of the stacks, by a simulator of IAM. A grant is used if it is the only
 * one that allows some call: one that repeats another, or is wider than what is there already, is found with it.
 */
export async function checkPermissions(
  resources: readonly ResolvedResource[],
  calls: readonly ServiceCall[],
): Promise<Findings> {
  const refused: string[] = []
  const used = new Set<string>()
  const unknownKeys = new Set<string>()
  for (const call of calls) {
    const policies = policiesFor(resources, call)
    const { decision, ignoredKeys } = await decide(call, policies.identity, policies.resource)
    for (const key of ignoredKeys) unknownKeys.add(`${call.action}: ${key}`)
    if (decision !== 'Allowed') {
      refused.push(`${describe(call)}: ${decision}`)
      continue
    }
    const grants = await grantsFor(call, policies)
    if (grants.length === 1) used.add(nameOf(grants[0]!))
  }
  const unused = grantsOf(resources)
    .map(nameOf)
    .filter(name => !used.has(name))
  return {
    refused: [...new Set(refused)].sort(),
    unused: [...new Set(unused)].sort(),
    unknownKeys: [...unknownKeys].sort(),
  }
}

/** The grants that allow a call, each by itself. */
async function grantsFor(
  call: ServiceCall,
  { identity, resource }: ReturnType<typeof policiesFor>,
): Promise<readonly Grant[]> {
  const candidates = [
    ...identity.flatMap(one => grantsIn(one, false)),
    ...resource.flatMap(one => grantsIn(one, true)),
  ].filter(
    ({ action, resource: pattern }) =>
      stands(action, call.action) && (pattern === undefined || stands(pattern, call.resource)),
  )
  if (candidates.length === 1) return candidates
  const allowing: Grant[] = []
  for (const grant of candidates) {
    const alone: NamedPolicy[] = [
      { name: grant.policy, policy: { Version: '2012-10-17', Statement: [grant.statement] } },
    ]
    const { decision } = await (grant.ofResource ? decide(call, [], alone) : decide(call, alone, []))
    if (decision === 'Allowed') allowing.push(grant)
  }
  return allowing
}

/** What IAM says of a call, and the condition keys that it does not know for it. */
export interface Decision {
  readonly decision: EvaluationResult
  readonly ignoredKeys: readonly string[]
}

/**
 * Actions whose resource and condition keys AWS's Service Authorization Reference does not have, but the documentation of
 * the service: the simulator must not hold them against the reference.
 */
const undocumented = new Set(['states:InvokeHTTPEndpoint'])

/** Asks the simulator about a call, by policies of the caller's role and of the resource. */
export async function decide(
  { role, service, action, resource, conditions }: ServiceCall,
  identity: readonly NamedPolicy[],
  ofResource: readonly NamedPolicy[],
): Promise<Decision> {
  const accountId = /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(resource)?.[1] ?? accountOf(role?.arn)
  const simulation: Simulation = {
    request: {
      principal: role?.arn ?? service,
      action,
      resource: { resource, accountId },
      contextVariables: Object.fromEntries(
        Object.entries(conditions).map(([key, value]) => [
          key,
          typeof value === 'string' ? value : [...value],
        ]),
      ),
    },
    identityPolicies: identity.map(({ name, policy }) => ({ name, policy })),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    ...(ofResource.length > 0 && {
      resourcePolicy: {
        Version: '2012-10-17',
        Statement: ofResource.flatMap(({ policy }) => policy.Statement),
      },
    }),
  }
  if (undocumented.has(action)) return { decision: runUnsafeSimulation(simulation, {}), ignoredKeys: [] }
  const answer = await runSimulation(simulation, {})
  if (answer.resultType === 'error')
    throw new Error(`${action} on ${resource}: ${JSON.stringify(answer.errors)}`)
  const results = answer.resultType === 'single' ? [answer.result] : answer.results
  return {
    decision: answer.overallResult,
    ignoredKeys: results.flatMap(({ ignoredContextKeys = [] }) => ignoredContextKeys),
  }
}

function accountOf(arn = ''): string {
  return arn.split(':')[4] ?? ''
}

function describe({ role, service, action, resource, conditions }: ServiceCall): string {
  const given = Object.keys(conditions).length > 0 ? ` with ${JSON.stringify(conditions)}` : ''
  return `${role?.id ?? service}: ${action} on ${resource}${given}`
}
