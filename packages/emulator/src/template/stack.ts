import { systemClock } from '@breakwater/circuit'
import { startJsonService } from '../aws/json-service.ts'
import { startEventsEndpoint } from '../events/index.ts'
import type { InvocationOutcome } from '../lambda/scheduler.ts'
import { createQueues } from '../queues/index.ts'
import { registriesOf } from './registries.ts'
import { resolveStacks } from './resolve/resolve.ts'
import { partsOf } from './resource-types.ts'
import { checkIntegrations, startApis } from './services/apis.ts'
import { startContainers } from './services/containers.ts'
import { startTables } from './services/dynamodb.ts'
import { startEventSource } from './services/event-sources.ts'
import { checkTargets, createBuses } from './services/events.ts'
import { Executions } from './services/executions.ts'
import { functionCodes } from './services/function-code.ts'
import { createFunction, findFunction, type LocalFunction } from './services/functions.ts'
import type { KnownSource } from './services/lambda-answers.ts'
import { startLambdaEndpoint } from './services/lambda-endpoint.ts'
import { createMachine, type MachinesContext } from './services/machines.ts'
import { statesOperations } from './services/states-operations.ts'
import { receiverOf, sendDeadLetter, type Targets } from './services/targets.ts'
import { startOtherServices } from './services/unsupported.ts'
import { checkStackOptions, type Endpoints, type LocalStack, type StackOptions } from './stack-options.ts'
import { awsIntegration, type CallService, serviceCaller } from './tasks/aws-calls.ts'
import type { ResolvedResource, StackTemplate } from './types.ts'
import { variablesOf } from './variables.ts'

/**
 * Runs CloudFormation templates on this machine, as the CDK synthesises them: tables on dynalite, functions in
 * environments of their own, state machines, REST APIs, event buses and queues, wired as the templates say; and an ECS, a
 * Secrets Manager and a Parameter Store beside, empty at first. Stacks refer to each other by exports. Code finds the services by the SDK's own variables, unchanged.
 *
 * @throws TypeError naming the resource and the type or property that is not supported, or what is wrong; nothing runs
 * then.
 * @throws PortError for a port that cannot be had.
 * @example
 * const stack = await startStack(readAssembly('infra/cdk.out'))
 * await fetch(`${stack.apis.get('Workflows').url}/workflows/guarded-call`, { method: 'POST', body: '{}' })
 * await stack.close()
 */
export async function startStack(
  stacks: readonly StackTemplate[],
  options: StackOptions = {},
): Promise<LocalStack> {
  checkStackOptions(options)
  const { region = 'us-east-1', account = '000000000000', ports = {}, log = () => {} } = options
  const { clock = systemClock, random = Math.random } = options
  const closers: (() => Promise<unknown>)[] = []
  const close = async () => {
    // Last started, first closed: nobody loses what it still needs.
    for (let closer = closers.pop(); closer; closer = closers.pop()) await closer()
  }
  const started = <T extends { close(): Promise<unknown> }>(item: T): T => {
    closers.push(() => item.close())
    return item
  }
  try {
    // Queues first, because their URLs, which hold the port, are what others refer to them by.
    const unplaced = partsOf(resolveStacks(stacks, options).resources)
    const queues = started(
      await createQueues({
        queues: Object.fromEntries(
          unplaced.queues.filter(isQueue).map(({ name, properties }) => [name, properties]),
        ),
        region,
        account,
        clock,
        port: ports.sqs ?? 0,
      }),
    )
    const { resources, outputs } = resolveStacks(stacks, { ...options, queueOrigin: queues.url })
    const parts = partsOf(resources)

    const tables = started(await startTables(parts.tables, { region, port: ports.dynamodb ?? 0 }))
    const others = started(await startOtherServices(log))
    const find = (arn: string) => receiverOf(arn, targets)
    const buses = createBuses(parts.buses, {
      region,
      account,
      clock,
      random,
      find,
      deadLetter: (arn, body, reasons) => sendDeadLetter(queues, arn, body, reasons),
      dropped: ({ event, targetArn, why, error }) =>
        log(`Event ${event.id} (${event['detail-type']}) did not reach ${targetArn} (${why}): ${error}`),
    })
    for (const bus of buses) started(bus)
    const events = started(await startEventsEndpoint({ buses, port: ports.events ?? 0 }))

    const containers = started(
      await startContainers({ ...options, region, account, clock, random, ports, buses }),
    )

    const assets = Object.assign({}, ...stacks.map(stack => stack.assets))
    const call: CallService = (service, ...request) => callService(service, ...request)
    const surroundings: MachinesContext = {
      assets,
      clock,
      random,
      call,
      invoke: (nameOrArn: string, event: string) => findFunction(functions, nameOrArn)?.invoke(event),
      executions: () => executions,
    }
    const machines = parts.machines.map(resource => createMachine(resource, surroundings))
    const executions = started(new Executions(machines))
    const operations = statesOperations(executions)
    const states = started(
      await startJsonService({
        target: 'AWSStepFunctions',
        version: '1.0',
        operations,
        port: ports.states ?? 0,
        portOption: '--states-port',
      }),
    )

    const lambda = started(
      await startLambdaEndpoint({
        port: ports.lambda ?? 0,
        find: name => findFunction(functions, name),
        sources: () => sources,
        log,
      }),
    )

    const endpoints: Endpoints = {
      dynamodb: tables.endpoint,
      sqs: queues.url,
      events: events.url,
      lambda: lambda.url,
      states: states.url,
      ...containers.endpoints,
    }
    const variables = variablesOf(region, endpoints, others.url)
    const callService = serviceCaller({ ...endpoints })
    const codes = await functionCodes(parts.functions, assets)
    const functions: readonly LocalFunction[] = parts.functions.map((resource, index) =>
      started(createFunction(resource, { ...options, code: codes[index]!, addresses: variables })),
    )
    // Whoever waits for a function is ended before the functions are.
    started(executions)
    const topics = resources.filter(({ type }) => type === 'AWS::SNS::Topic').map(({ ref }) => String(ref))
    const targets: Targets = { functions, machines, executions, queues, buses, topics, log }
    checkTargets(parts.buses, find)

    checkIntegrations(parts.apis, arn => findFunction(functions, arn) !== undefined)
    const apis = await startApis(parts.apis, api => ({
      clock,
      log,
      port: ports.apis?.[api.id] ?? ports.apis?.[String(api.properties.Name)] ?? 0,
      invokeAws: awsIntegration(operations, call),
      invokeLambda: async (arn, event) =>
        findFunction(functions, arn)?.invoke(event) ?? crashed(`Function not found: ${arn}`),
    }))
    for (const api of apis.values()) started(api)
    // What event sources wait for, functions end.
    const sources: KnownSource[] = []
    closers.push(() =>
      Promise.all([...sources.map(({ source }) => source), ...functions].map(one => one.close())),
    )
    for (const resource of parts.queues) {
      if (!isQueue(resource)) sources.push(startEventSource(resource, { queues, functions, clock, log }))
    }

    return {
      endpoints,
      variables,
      resources,
      outputs,
      ...registriesOf(parts, { apis, functions, machines, buses, queues, sources }),
      executions,
      ecs: containers.ecs,
      secrets: containers.secrets,
      parameters: containers.parameters,
      tableCounts: tables.counts,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function isQueue({ type }: ResolvedResource): boolean {
  return type === 'AWS::SQS::Queue'
}

function crashed(errorMessage: string): InvocationOutcome {
  return { kind: 'crashed', error: { errorType: 'ResourceNotFoundException', errorMessage, trace: [] } }
}
