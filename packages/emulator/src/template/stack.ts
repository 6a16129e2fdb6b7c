import { systemClock } from '@breakwater/circuit'
import { localUser } from '../access/api-caller.ts'
import { Callers, type KnownRole } from '../access/callers.ts'
import { rolePolicies } from '../access/policies.ts'
import { fakeCredentials } from '../aws/credentials.ts'
import { logOf } from '../aws/log.ts'
import { requestSigner, signedFetch } from '../rest/signature.ts'
import { callEndpoints } from './aws-calls.ts'
import { Registry } from './registry.ts'
import { resolveStacks } from './resolve/resolve.ts'
import { byService, services } from './resource-types.ts'
import type { Service, StackContext } from './service.ts'
import {
  checkStackOptions,
  type Endpoints,
  type LocalRole,
  type LocalStack,
  type StackOptions,
} from './stack-options.ts'
import type { ResolvedResource, StackTemplate } from './types.ts'

/**
 * Runs CloudFormation templates on this machine, as the CDK synthesises them: tables on dynalite, functions in
 * environments of their own, state machines, REST APIs, event buses and queues, wired as the templates say; and an ECS, a
 * Secrets Manager and a Parameter Store beside, empty at first. Stacks refer to each other by exports. Code finds the
 * services by the SDK's own variables, unchanged.
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
  const running: Service[] = []
  let roles: readonly KnownRole[] = []
  const callers = new Callers({
    onServiceCall: options.onServiceCall,
    roles: () => roles,
    log: logOf(options.log),
  })
  let all: readonly ResolvedResource[] = []
  const context: StackContext = {
    ...contextOf(stacks, options, running, callers),
    policiesOf(roleArn) {
      const { identity, managed } = rolePolicies(all, roleArn)
      // What a managed policy of AWS allows is not in the templates, and neither is a role that is imported.
      return { policies: identity, areAll: managed.length === 0 && roles.some(({ arn }) => arn === roleArn) }
    },
  }
  const close = async () => {
    for (const service of running) await service.stop?.()
    for (let service = running.pop(); service; service = running.pop()) await service.close()
  }
  try {
    let resolved = resolveStacks(stacks, options)
    let resources = byService(resolved.resources)
    all = resolved.resources
    roles = all.filter(({ type }) => type === 'AWS::IAM::Role')
    for (const definition of services) {
      running.push(await definition.start(resources.get(definition)!, context))
      if (running.length > 1) continue
      // SQS has started. Other resources refer to a queue by its URL, which holds the port.
      resolved = resolveStacks(stacks, { ...options, queueOrigin: context.endpoints().sqs! })
      resources = byService(resolved.resources)
    }
    for (const service of running) service.connect?.()
    const members: Partial<LocalStack> = Object.assign({}, ...running.map(service => service.members))
    return {
      ...(members as LocalStack),
      ...resolved,
      endpoints: context.endpoints() as Endpoints,
      variables: context.variables(),
      roles: rolesOf(resolved.resources, context),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function rolesOf(
  resources: readonly ResolvedResource[],
  { callers, account, region, clock }: StackContext,
): Registry<LocalRole> {
  const roles = resources.filter(({ type }) => type === 'AWS::IAM::Role')
  return new Registry(
    'role',
    roles.map(role => {
      const { stack, id, arn = '' } = role
      const caller = { name: `${stack}.${id}`, service: localUser(account).arn, outside: true, roleArn: arn }
      const credentials = { ...fakeCredentials, accessKeyId: callers.keyOf(caller) }
      const sign = requestSigner(credentials, region, () => clock.now())
      return [role, { arn, credentials, sign, fetch: signedFetch(sign) }]
    }),
  )
}

/** The context of all services; `running` grows as they start. */
function contextOf(
  stacks: readonly StackTemplate[],
  options: StackOptions,
  running: readonly Service[],
  callers: Callers,
): Omit<StackContext, 'policiesOf'> {
  const { region = 'us-east-1', account = '000000000000', ports = {} } = options
  const log = logOf(options.log)
  const { clock = systemClock, random = Math.random } = options

  /** The first answer that a service gives. */
  function first<T>(ask: (service: Service) => T | undefined): T | undefined {
    for (const service of running) {
      const answer = ask(service)
      if (answer !== undefined) return answer
    }
    return undefined
  }

  const endpoints = (): Partial<Endpoints> => Object.assign({}, ...running.map(one => one.endpoints))
  const byEndpoint = callEndpoints(endpoints, callers)
  return {
    options,
    region,
    account,
    clock,
    random,
    ports,
    log,
    callers,
    assets: Object.assign({}, ...stacks.map(stack => stack.assets)),
    endpoints,
    variables: () =>
      variablesOf(
        region,
        endpoints(),
        first(one => one.fallbackEndpoint),
      ),
    receiverOf: arn => first(one => one.receiverOf?.(arn)),
    queue: arn => first(one => one.queue?.(arn)),
    invoke: (nameOrArn, event) => first(one => one.invoke?.(nameOrArn, event)),
    emit: event => {
      for (const service of running) service.emit?.(event)
    },
    call: (caller, service, ...request) =>
      (first(({ call }) => call?.[service]) ?? byEndpoint)(caller, service, ...request),
  }
}

const variableOf: Readonly<Record<keyof Endpoints, string>> = {
  dynamodb: 'DYNAMODB',
  ecs: 'ECS',
  events: 'EVENTBRIDGE',
  lambda: 'LAMBDA',
  secretsmanager: 'SECRETS_MANAGER',
  states: 'SFN',
  sqs: 'SQS',
  ssm: 'SSM',
}

/** Environment variables by which an SDK finds the services here; requests to all others go to `fallback`. */
function variablesOf(
  region: string,
  endpoints: Partial<Endpoints>,
  fallback: string | undefined,
): Record<string, string> {
  const addresses = Object.entries(endpoints).map(
    ([service, url]) => [`AWS_ENDPOINT_URL_${variableOf[service as keyof Endpoints]}`, url] as const,
  )
  return {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: fakeCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: fakeCredentials.secretAccessKey,
    AWS_SESSION_TOKEN: fakeCredentials.sessionToken,
    ...(fallback !== undefined && { AWS_ENDPOINT_URL: fallback }),
    ...Object.fromEntries(addresses),
  }
}
