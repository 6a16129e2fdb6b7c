import { invalid } from '@breakwater/circuit/shared'
import { TokenBucket } from '../aws/token-bucket.ts'
import type { ApiResource, ApiResources } from './resources.ts'
import type { Route } from './routes.ts'

/** The stage an API is served at. */
export interface Stage {
  readonly name: string
  /** Names by which usage plans refer to it. */
  readonly names: readonly string[]
  readonly variables: Readonly<Record<string, string>>
  /** The throttle of a method; each has its own, whatever setting gives it. */
  throttleOf(route: Route): TokenBucket
}

/** Reads the one stage of an API: an AWS::ApiGateway::Stage, or the stage that a deployment makes by its name. */
export function readStage(resources: ApiResources): Stage {
  const stages = resources.all('Stage')
  for (const { id, properties } of stages)
    resources.find('Deployment', properties.DeploymentId, `${id}.DeploymentId`)
  const made = resources.all('Deployment').flatMap(({ properties }) => properties.StageName ?? [])
  if (stages.length + made.length !== 1)
    throw invalid(
      'stages',
      stages.length + made.length,
      'one stage, by a Stage or the StageName of a Deployment',
    )
  const [stage] = stages
  const name = stage?.properties.StageName ?? made[0]!
  const settings = stage?.properties.MethodSettings ?? []

  return {
    name,
    names: [name, ...(stage?.names ?? [])],
    variables: Object.fromEntries(stage?.properties.Variables ?? []),
    throttleOf({ resource, method }) {
      const verb = method.properties.HttpMethod
      const fits = ({ ResourcePath, HttpMethod }: (typeof settings)[number], path: string, own: string) =>
        plain(ResourcePath) === path && HttpMethod === own
      const setting =
        settings.find(one => fits(one, resource, verb)) ??
        settings.find(one => fits(one, resource, '*')) ??
        settings.find(one => fits(one, '/*', '*'))
      return new TokenBucket(setting?.ThrottlingRateLimit, setting?.ThrottlingBurstLimit)
    },
  }
}

/** Settings write the slashes of a path as `~1`, with one more before them. */
function plain(path: string): string {
  return path.replaceAll('~1', '/').replace(/^\/\/+/, '/')
}

/** The one API that all resources belong to. */
export function readApi(resources: ApiResources): ApiResource<'RestApi'> {
  const [api, ...more] = resources.all('RestApi')
  if (!api || more.length > 0)
    throw invalid('resources', resources.all('RestApi').length, 'one AWS::ApiGateway::RestApi')
  const owned = [
    'Resource',
    'Method',
    'Deployment',
    'Stage',
    'Model',
    'RequestValidator',
    'GatewayResponse',
  ] as const
  for (const kind of owned) {
    for (const { id, properties } of resources.all(kind))
      resources.find('RestApi', properties.RestApiId, `${id}.RestApiId`)
  }
  return api
}
