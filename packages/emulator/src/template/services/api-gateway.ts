import { invalid } from '@breakwater/circuit/shared'
import { allows } from '../../access/allows.ts'
import { localUser, roleSession } from '../../access/api-caller.ts'
import { invokeChecks, methodCheck } from '../../access/checks.ts'
import type { Caller } from '../../access/service-call.ts'
import { fakeCredentials } from '../../aws/credentials.ts'
import type { InvocationOutcome } from '../../lambda/scheduler.ts'
import { createRestApi } from '../../rest/rest-api.ts'
import type {
  ApiCaller,
  IntegrationOrigin,
  RestApi,
  RestApiOptions,
  RestApiResources,
} from '../../rest/types.ts'
import { idAttribute, type Naming, nameOf } from '../naming.ts'
import { Registry } from '../registry.ts'
import type { ServiceDefinition, StackContext } from '../service.ts'
import type { ResolvedResource } from '../types.ts'

const namings: Readonly<Record<string, Naming>> = {
  RestApi: { attributes: { RestApiId: nameOf, RootResourceId: ({ name }) => `${name}.RootResourceId` } },
  Resource: idAttribute('ResourceId'),
  Method: {},
  Deployment: idAttribute('DeploymentId'),
  Stage: { nameProperty: 'StageName' },
  Model: { nameProperty: 'Name' },
  RequestValidator: idAttribute('RequestValidatorId'),
  ApiKey: idAttribute('APIKeyId'),
  UsagePlan: idAttribute('Id'),
  UsagePlanKey: idAttribute('Id'),
  GatewayResponse: idAttribute('Id'),
}

/** REST APIs, each with an address of its own. */
export const apiGateway: ServiceDefinition = {
  types: Object.fromEntries(
    Object.entries(namings).map(([kind, naming]) => [`AWS::ApiGateway::${kind}`, { naming }]),
  ),

  async start(resources, context) {
    const apis = await startApis(resources, api => apiOptions(api, context))
    // Users know an API by its Name, which is not its id.
    const named = (api: ResolvedResource) => ({ ...api, name: String(api.properties.Name ?? api.name) })
    return {
      members: {
        apis: new Registry(
          'api',
          [...apis].map(([api, item]) => [named(api), item]),
        ),
      },
      connect: () => checkIntegrations(resources, context),
      close: () => Promise.all([...apis.values()].map(api => api.close())),
    }
  },
}

function apiOptions(api: ResolvedResource, context: StackContext): RestApiOptions {
  const { id, properties } = api
  const { clock, log, ports, call, invoke, callers } = context
  const callerOf = methodCallers(api, context)
  return {
    clock,
    log,
    arn: `arn:aws:execute-api:${context.region}:${context.account}:${api.ref}`,
    callerOf: accessKeyId => apiCaller(api, accessKeyId, context),
    port: ports.apis?.[id] ?? ports.apis?.[String(properties.Name)] ?? 0,
    invokeAws: (service, action, body, _headers, { signal, origin }) =>
      call(callerOf(origin), service, action, body, signal),
    async invokeLambda(arn, event, origin) {
      callers.report(callerOf(origin), () => invokeChecks(context, arn))
      return invoke(arn, event) ?? notFound(arn)
    },
  }
}

/** Whoever signs a request: the local user, or a role of the stacks, whose policies decide what it may call. */
function apiCaller(
  { ref }: ResolvedResource,
  accessKeyId: string,
  context: StackContext,
): ApiCaller | undefined {
  const { account, callers, policiesOf } = context
  if (accessKeyId === fakeCredentials.accessKeyId) return localUser(account)
  const caller = callers.withKey(accessKeyId)
  return (
    caller &&
    roleSession(caller, path => {
      const check = methodCheck(context, ref, path, caller.roleArn)
      callers.report(caller, () => [check])
      return allows(policiesOf(caller.roleArn), check)
    })
  )
}

/** The methods of an API as callers; API Gateway says for which of them it invokes a function. */
function methodCallers(
  { stack, ref }: ResolvedResource,
  { region, account }: StackContext,
): (origin: IntegrationOrigin) => Caller {
  const callers = new Map<IntegrationOrigin, Caller>()
  return origin => {
    const { method, path, credentials: roleArn } = origin
    const caller = callers.get(origin) ?? {
      // Of two methods with the same logical id, one has its stack before it already.
      name: method.includes('.') ? method : `${stack}.${method}`,
      service: 'apigateway.amazonaws.com',
      roleArn,
      ...(roleArn === undefined && {
        source: {
          'aws:SourceArn': `arn:aws:execute-api:${region}:${account}:${ref}/${path}`,
          'aws:SourceAccount': account,
        },
      }),
    }
    callers.set(origin, caller)
    return caller
  }
}

function notFound(arn: string): InvocationOutcome {
  const error = {
    errorType: 'ResourceNotFoundException',
    errorMessage: `Function not found: ${arn}`,
    trace: [],
  }
  return { kind: 'crashed', error }
}

/**
 * Starts every AWS::ApiGateway::RestApi among the resources, each with the resources that belong to it.
 *
 * @param options of one API, by its resource
 * @throws TypeError naming a resource that belongs to no API, or what an API does not support.
 */
async function startApis(
  resources: readonly ResolvedResource[],
  options: (api: ResolvedResource) => RestApiOptions,
): Promise<ReadonlyMap<ResolvedResource, RestApi>> {
  const started = new Map<ResolvedResource, RestApi>()
  const used = new Set<ResolvedResource>()
  try {
    for (const api of resources.filter(isA('RestApi'))) {
      const owned = ownedBy(api, resources)
      for (const resource of owned) used.add(resource)
      started.set(api, await createRestApi(described(owned), options(api)))
    }
    for (const resource of resources) {
      if (!used.has(resource))
        throw invalid(resource.where, resource.type, 'a resource of a RestApi of the stacks')
    }
    return started
  } catch (error) {
    await Promise.all([...started.values()].map(api => api.close()))
    throw error
  }
}

/**
 * Refuses methods that call functions that are not here.
 *
 * @throws TypeError naming the method.
 */
function checkIntegrations(resources: readonly ResolvedResource[], { receiverOf }: StackContext): void {
  for (const { where, properties } of resources.filter(isA('Method'))) {
    const { Uri } = Object(properties.Integration) as { readonly Uri?: unknown }
    const [, arn] = /:lambda:path\/.*\/functions\/(.*)\/invocations$/.exec(String(Uri)) ?? []
    // Which function a stage variable names is known with the stage only.
    if (arn === undefined || arn.includes('stageVariables.') || receiverOf(arn)) continue
    throw invalid(`${where}.Properties.Integration.Uri`, arn, 'the ARN of a function of the stacks')
  }
}

function isA(kind: string): (resource: ResolvedResource) => boolean {
  return ({ type }) => type === `AWS::ApiGateway::${kind}`
}

function ownedBy(api: ResolvedResource, all: readonly ResolvedResource[]): readonly ResolvedResource[] {
  const owned = all.filter(({ properties }) => properties.RestApiId === api.ref)
  const plans = all
    .filter(isA('UsagePlan'))
    .filter(({ properties }) => stagesOf(properties).some(({ ApiId }) => ApiId === api.ref))
  const planKeys = all
    .filter(isA('UsagePlanKey'))
    .filter(({ properties }) => plans.some(({ ref }) => ref === properties.UsagePlanId))
  const keys = all
    .filter(isA('ApiKey'))
    .filter(({ ref }) => planKeys.some(({ properties }) => properties.KeyId === ref))
  return [api, ...owned, ...plans, ...planKeys, ...keys]
}

function stagesOf({ ApiStages }: Readonly<Record<string, unknown>>): readonly { readonly ApiId?: unknown }[] {
  return Array.isArray(ApiStages) ? ApiStages : []
}

/** Resources by logical id; one of another stack that has the same gets the prefix of its stack. */
function described(resources: readonly ResolvedResource[]): RestApiResources {
  const described: Record<string, RestApiResources[string]> = {}
  for (const { stack, id, type, ref, properties } of resources) {
    const key = Object.hasOwn(described, id) ? `${stack}.${id}` : id
    described[key] = { Type: type, PhysicalId: ref, Properties: properties }
  }
  return described
}
