import { invalid } from '@breakwater/circuit/shared'
import { type Caller, checkOf } from '../../access/service-call.ts'
import { createEventSource } from '../../queues/event-source.ts'
import { arnOf, type NamedResource, nameOf, physicalId } from '../naming.ts'
import { Registry } from '../registry.ts'
import type { ResourceType, ServiceDefinition, StackContext } from '../service.ts'
import type { ResolvedResource } from '../types.ts'
import { functionCodes } from './function-code.ts'
import { answerOf, createFunction, findFunction, type LocalFunction } from './functions.ts'
import type { EventSourceMapping } from './lambda-answers.ts'
import { startLambdaEndpoint } from './lambda-endpoint.ts'

const functionArn = ({ region, account, property }: NamedResource) => {
  const name = property('FunctionName') ?? ''
  return name.startsWith('arn:') ? name : `arn:aws:lambda:${region}:${account}:function:${name}`
}
const versionArn = (resource: NamedResource) => `${functionArn(resource)}:1`
const aliasArn = (resource: NamedResource) => `${functionArn(resource)}:${resource.property('Name')}`
const oneVersion = 'it stands for the function as it is'

const lambdaFunction: ResourceType = {
  naming: {
    nameProperty: 'FunctionName',
    maxLength: 64,
    arn: arnOf('lambda', ({ name }) => `function:${name}`),
  },
  properties: {
    supported: [
      'Code',
      'Environment',
      'FunctionName',
      'Handler',
      'MemorySize',
      'PackageType',
      'ReservedConcurrentExecutions',
      'Runtime',
      'Timeout',
    ],
    ignored: {
      Tags: 'nothing asks for tags',
      Role: 'nothing is authorised here; calls are reported with it',
      Architectures: 'this machine has one',
      Description: 'it only tells',
      EphemeralStorage: 'the disk is this machine’s',
      KmsKeyArn: 'nothing is written to a disk',
      LoggingConfig: 'logs go where the options of the stack say',
      RecursiveLoop: 'loops are not looked for',
      RuntimeManagementConfig: 'the runtime is this machine’s Node',
      TracingConfig: 'there are no traces',
    },
  },
}

const eventSourceMapping: ResourceType = {
  naming: {
    generated: ({ stack, id }) => physicalId(stack, id),
    attributes: {
      Id: nameOf,
      EventSourceMappingArn: arnOf('lambda', ({ name }) => `event-source-mapping:${name}`),
    },
  },
}

const isA = (type: string) => (resource: ResolvedResource) => resource.type === type

/** Functions in environments of their own, and event source mappings from queues to functions. */
export const lambda: ServiceDefinition = {
  types: {
    'AWS::Lambda::Function': lambdaFunction,
    'AWS::Lambda::EventSourceMapping': eventSourceMapping,
    'AWS::Lambda::Version': {
      inert: oneVersion,
      naming: { ref: versionArn, attributes: { Version: () => '1', FunctionArn: versionArn } },
    },
    'AWS::Lambda::Alias': {
      inert: oneVersion,
      naming: { ref: aliasArn, attributes: { AliasArn: aliasArn } },
    },
  },

  async start(resources, context) {
    const { ports, log, assets, options, callers, region, account } = context
    const functions: LocalFunction[] = []
    const mappings: EventSourceMapping[] = []
    const find = (nameOrArn: string) => findFunction(functions, nameOrArn)
    const endpoint = await startLambdaEndpoint({
      port: ports.lambda ?? 0,
      find,
      mappings: () => mappings,
      log,
      report: (authorization, checks) => callers.report(callers.signedBy(authorization), checks),
      place: { region, account },
    })
    // An event source waits for its invocations, which the end of a function's environments ends.
    const close = async () => {
      await Promise.all([...mappings.map(({ source }) => source), ...functions].map(one => one.close()))
      await endpoint.close()
    }
    try {
      const declared = resources.filter(isA('AWS::Lambda::Function'))
      const codes = await functionCodes(declared, assets)
      const variables = { ...context.variables(), AWS_ENDPOINT_URL_LAMBDA: endpoint.url }
      for (const [index, resource] of declared.entries()) {
        const caller = callerOf(resource, resource.properties.Role)
        functions.push(
          createFunction(resource, { ...options, code: codes[index]!, variables, caller, callers }),
        )
      }
      const sources = resources.filter(isA('AWS::Lambda::EventSourceMapping'))
      const registry = new Registry('event source mapping', () =>
        mappings.map(({ source }, index) => [sources[index]!, source]),
      )
      return {
        endpoints: { lambda: endpoint.url },
        members: {
          functions: new Registry(
            'function',
            functions.map((item, index) => [declared[index]!, item]),
          ),
          eventSources: registry,
        },
        invoke: (nameOrArn, event) => find(nameOrArn)?.invoke(event),
        receiverOf(arn) {
          const target = arn.startsWith('arn:') ? find(arn) : undefined
          return target && (async input => answerOf(target.name, await target.invoke(input)))
        },
        connect() {
          const roleOf = (arn: string) => declared.find(resource => resource.arn === arn)?.properties.Role
          for (const resource of sources) mappings.push(startMapping(resource, find, roleOf, context))
        },
        close,
      }
    } catch (error) {
      await close()
      throw error
    }
  },
}

function callerOf({ stack, id }: { readonly stack: string; readonly id: string }, role: unknown): Caller {
  const roleArn = role === undefined ? undefined : String(role)
  return { name: `${stack}.${id}`, service: 'lambda.amazonaws.com', roleArn }
}

/** @throws TypeError naming a source or a function that is not here, or a property that is not supported. */
function startMapping(
  { stack, where, id, name, properties }: ResolvedResource,
  find: (nameOrArn: string) => LocalFunction | undefined,
  roleOf: (functionArn: string) => unknown,
  { queue: queueOf, clock, log, callers }: StackContext,
): EventSourceMapping {
  const { EventSourceArn, FunctionName } = properties
  const queue = queueOf(String(EventSourceArn))
  if (!queue)
    throw invalid(`${where}.Properties.EventSourceArn`, EventSourceArn, 'the ARN of a queue of the stacks')
  const target = find(String(FunctionName))
  if (!target) throw invalid(`${where}.Properties.FunctionName`, FunctionName, 'a function of the stacks')
  // Lambda polls by the role of the function.
  const caller = callerOf({ stack, id }, roleOf(target.arn))
  const report = (...actions: readonly string[]) =>
    callers.report(caller, () => actions.map(action => checkOf(`sqs:${action}`, queue.arn)))
  report('ReceiveMessage', 'GetQueueAttributes')
  const source = createEventSource({
    name: id,
    mapping: properties,
    queue,
    functionTimeoutSeconds: target.timeoutMs / 1_000,
    clock,
    async invoke(event) {
      const answer = answerOf(target.name, await target.invoke(JSON.stringify(event)))
      report('DeleteMessage')
      return JSON.parse(answer)
    },
    failed: error =>
      log(`${id}: a batch of ${queue.name} failed: ${error instanceof Error ? error.message : error}`),
  })
  return { uuid: name, queueArn: queue.arn, functionArn: target.arn, source }
}
