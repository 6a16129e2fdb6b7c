import { expect, it } from 'vitest'
import { readResources } from './resources.ts'
import { bareResources, restApi } from './rest-api.fixture.ts'
import { readRoutes, router } from './routes.ts'
import { readApi } from './stage.ts'
import type { ResolvedResource } from './types.ts'

const paths = {
  Root: '',
  Orders: 'Api.RootResourceId/orders',
  Order: 'Orders/{id}',
  Mine: 'Orders/mine',
  Lines: 'Order/lines',
  Rest: 'Api.RootResourceId/{proxy+}',
}

const resources: Record<string, ResolvedResource> = { ...bareResources }
for (const [id, path] of Object.entries(paths)) {
  const [ParentId = '', PathPart = ''] = path.split('/')
  if (path)
    resources[id] = { Type: 'AWS::ApiGateway::Resource', Properties: { ...restApi, ParentId, PathPart } }
}
const methods = [
  ['Api.RootResourceId', 'GET'],
  ['Orders', 'POST'],
  ['Order', 'ANY'],
  ['Order', 'GET'],
  ['Mine', 'GET'],
  ['Lines', 'GET'],
  ['Rest', 'ANY'],
] as const
for (const [ResourceId, HttpMethod] of methods) {
  const Properties = { ...restApi, ResourceId, HttpMethod, Integration: { Type: 'MOCK' } }
  resources[`${ResourceId}${HttpMethod}`] = { Type: 'AWS::ApiGateway::Method', Properties }
}
const read = readResources(resources)
const find = router(readRoutes(read, readApi(read)))

it.each([
  ['GET', '/', 'GET /'],
  ['POST', '/orders', 'POST /orders'],
  ['GET', '/orders', 'ANY /{proxy+}'],
  ['GET', '/orders/7', 'GET /orders/{id}'],
  ['PUT', '/orders/7', 'ANY /orders/{id}'],
  ['GET', '/orders/mine', 'GET /orders/mine'],
  ['DELETE', '/orders/mine', 'ANY /orders/{id}'],
  ['GET', '/orders/mine/lines', 'GET /orders/{id}/lines'],
  ['GET', '/orders/7/other', 'ANY /{proxy+}'],
  ['PATCH', '/a/b/c', 'ANY /{proxy+}'],
  ['POST', '/', undefined],
])('%s %s goes to %s', (method, path, expected) => {
  const route = find(method, path)
  expect(route && `${route.method.properties.HttpMethod} ${route.resource}`).toBe(expected)
})
