import { invalid } from '@breakwater/circuit/shared'
import { createRestApi, type RestApi, type RestApiOptions, type RestApiParts } from '../../rest/index.ts'
import type { ResolvedResource } from '../types.ts'

/**
 * Starts every AWS::ApiGateway::RestApi among the resources, each with the parts that belong to it.
 *
 * @param options of one API, by its resource
 * @throws TypeError naming a part that belongs to no API, or what an API does not support.
 */
export async function startApis(
  resources: readonly ResolvedResource[],
  options: (api: ResolvedResource) => RestApiOptions,
): Promise<ReadonlyMap<ResolvedResource, RestApi>> {
  const started = new Map<ResolvedResource, RestApi>()
  const used = new Set<ResolvedResource>()
  try {
    for (const api of resources.filter(isA('RestApi'))) {
      const parts = partsOf(api, resources)
      for (const part of parts) used.add(part)
      started.set(api, await createRestApi(described(parts), options(api)))
    }
    for (const resource of resources) {
      if (!used.has(resource))
        throw invalid(resource.where, resource.type, 'a part of a RestApi of the stacks')
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
export function checkIntegrations(
  resources: readonly ResolvedResource[],
  isThere: (arn: string) => boolean,
): void {
  for (const { where, properties } of resources.filter(isA('Method'))) {
    const { Uri } = Object(properties.Integration) as { readonly Uri?: unknown }
    const [, arn] = /:lambda:path\/.*\/functions\/(.*)\/invocations$/.exec(String(Uri)) ?? []
    // Which function a stage variable names is known with the stage only.
    if (arn === undefined || arn.includes('stageVariables.') || isThere(arn)) continue
    throw invalid(`${where}.Properties.Integration.Uri`, arn, 'the ARN of a function of the stacks')
  }
}

function isA(kind: string): (resource: ResolvedResource) => boolean {
  return ({ type }) => type === `AWS::ApiGateway::${kind}`
}

function partsOf(api: ResolvedResource, all: readonly ResolvedResource[]): readonly ResolvedResource[] {
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

/** Parts by logical id; one of another stack that has the same is told apart by its stack. */
function described(parts: readonly ResolvedResource[]): RestApiParts {
  const described: Record<string, RestApiParts[string]> = {}
  for (const { stack, id, type, ref, properties } of parts) {
    const key = Object.hasOwn(described, id) ? `${stack}.${id}` : id
    described[key] = { Type: type, PhysicalId: ref, Properties: properties }
  }
  return described
}
