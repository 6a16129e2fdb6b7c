import { invalid } from '@breakwater/circuit/shared'
import type { Part } from './parts.ts'

/** What an integration calls. */
export type Target =
  | { readonly kind: 'lambda'; readonly functionArn: string }
  | {
      readonly kind: 'service'
      readonly region: string
      readonly service: string
      /** `StartSyncExecution`, or `path/…`. */
      readonly action: string
    }

const uri = /^arn:[\w-]+:apigateway:([\w-]+):([\w.-]+):(action|path)\/(.+)$/
const invocation = /^[\d-]+\/functions\/(.+)\/invocations$/

/**
 * Reads the URI of an integration of type AWS or AWS_PROXY.
 *
 * @example
 * targetOf(method, {}) // arn:aws:apigateway:eu-west-1:states:action/StartSyncExecution
 */
export function targetOf(
  { id, properties }: Part<'Method'>,
  variables: Readonly<Record<string, string>>,
): Target {
  const { Uri = '', IntegrationHttpMethod, Type, RequestParameters } = properties.Integration
  const where = `${id}.Integration.Uri`
  const given = Uri.replace(/\$\{stageVariables\.(\w+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined
    if (value === undefined) throw invalid(where, Uri, `stage variables that there are, unlike ${name}`)
    return value
  })
  const [, region = '', service = '', form, rest = ''] = uri.exec(given) ?? []
  const functionArn = service === 'lambda' && form === 'path' ? invocation.exec(rest)?.[1] : undefined
  if (IntegrationHttpMethod === undefined || (functionArn && IntegrationHttpMethod !== 'POST')) {
    const allowed = functionArn ? 'POST: Lambda takes no other' : 'the method to call the service by'
    throw invalid(`${id}.Integration.IntegrationHttpMethod`, IntegrationHttpMethod, allowed)
  }
  if (functionArn) return { kind: 'lambda', functionArn }
  if (!form || Type === 'AWS_PROXY') {
    const lambda = 'arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/ARN/invocations'
    throw invalid(
      where,
      given,
      Type === 'AWS_PROXY'
        ? lambda
        : `${lambda} or arn:aws:apigateway:REGION:SERVICE:action/ACTION or …:path/PATH`,
    )
  }
  for (const [placeholder, name] of rest.matchAll(/\{([^}]+)\}/g)) {
    if (!RequestParameters.has(`integration.request.path.${name}`))
      throw invalid(where, placeholder, `integration.request.path.${name} among the RequestParameters`)
  }
  return { kind: 'service', region, service, action: form === 'path' ? `path/${rest}` : rest }
}
