import { Stack } from 'aws-cdk-lib'
import type { Role } from 'aws-cdk-lib/aws-iam'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'
import { acknowledge } from '../acknowledge.ts'
import { circuitVariables } from '../circuit-breakers.ts'
import type { ICircuitTable } from '../circuit-grants.ts'
import { entryOf } from '../entry.ts'
import { nodeFunction } from '../node-function.ts'
import type { RecyclerSettings } from './settings.ts'

/** The functions of the recycler, by the last part of their packages' names. */
type FunctionName = 'trigger' | 'planner' | 'executor'

/** Seconds that the functions may take. */
export const timeouts = { trigger: 60, planner: 300, executor: 120 } as const

const descriptions: Readonly<Record<FunctionName, string>> = {
  trigger: 'Starts a recycle for every change of a secret or parameter',
  planner: 'Plans, verifies and reports recycles, and looks for changes that no event reported',
  executor: 'Recycles one ECS service, and sees how its deployment went',
}

const polled = 'A queue holds its events, and a dead-letter queue those it cannot take'
const synchronous = 'The workflow waits for the answer'
const anew = 'What is lost is found again by the next reconcile'
const reasons: Readonly<Record<FunctionName, string>> = {
  trigger: polled,
  planner: `${synchronous}. ${anew}`,
  executor: synchronous,
}

/** What functions are made of. */
export interface FunctionsContext {
  readonly settings: RecyclerSettings
  readonly table: ICircuitTable
  readonly machineArn: string
  readonly roles: { readonly planner: Role; readonly executor: Role }
}

/** Makes the three functions, with two roles among them. */
export function recyclerFunctions(
  scope: Construct,
  { settings, table, machineArn, roles }: FunctionsContext,
): Readonly<Record<FunctionName, LambdaFunction>> {
  const environment = {
    [circuitVariables.table]: table.tableName,
    RECYCLER_OPTIONS: Stack.of(scope).toJsonString(settings.options),
    POWERTOOLS_SERVICE_NAME: 'recycler',
    RECYCLER_MACHINE: machineArn,
    ...(settings.clusters && { RECYCLER_CLUSTERS: settings.clusters.join(',') }),
  }
  const make = (name: FunctionName, role: Role) => {
    const made = nodeFunction(scope, name[0]!.toUpperCase() + name.slice(1), {
      entry: entryOf(`recycle-${name}`),
      description: descriptions[name],
      timeoutSeconds: timeouts[name],
      // Managed daemons of ECS may be newer than the SDK of Lambda's runtime, and a missing export fails the import.
      sdk: name === 'planner' ? 'bundled' : 'runtime',
      removalPolicy: settings.removalPolicy,
      environment,
      role,
    })
    acknowledge(made, {
      'Serverless-LambdaDLQ': reasons[name],
      'Serverless-LambdaAsyncFailureDestination': reasons[name],
    })
    return made
  }
  return {
    trigger: make('trigger', roles.planner),
    planner: make('planner', roles.planner),
    executor: make('executor', roles.executor),
  }
}
