import { type GatewayResponseOptions, ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway'

// The message comes quoted, and escaped. validationErrorString, which would say more, comes raw: its quotes would
// make the body invalid JSON.
const templates = {
  'application/json': '{"error": "$context.error.responseType", "cause": $context.error.messageString}',
}
const soon = { responseHeaders: { 'Retry-After': "'1'" }, templates }

const responses: readonly GatewayResponseOptions[] = [
  { type: ResponseType.DEFAULT_4XX, templates },
  { type: ResponseType.DEFAULT_5XX, templates },
  { type: ResponseType.THROTTLED, statusCode: '429', ...soon },
  { type: ResponseType.QUOTA_EXCEEDED, statusCode: '429', templates },
  { type: ResponseType.REQUEST_TOO_LARGE, statusCode: '413', templates },
  { type: ResponseType.UNSUPPORTED_MEDIA_TYPE, statusCode: '415', templates },
  { type: ResponseType.INTEGRATION_FAILURE, statusCode: '502', ...soon },
  { type: ResponseType.INTEGRATION_TIMEOUT, statusCode: '504', templates },
]

/**
 * Makes what API Gateway answers by itself (no key, bad body, throttled…) the same `{"error","cause"}` as the rest,
 * with the status that says who can do something about it.
 *
 * @example
 * addGatewayResponses(api)
 */
export function addGatewayResponses(api: RestApi): void {
  for (const response of responses) api.addGatewayResponse(response.type.responseType, response)
}
