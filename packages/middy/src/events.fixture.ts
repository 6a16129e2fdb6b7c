// Events as the services send them, in full where a shape could be taken for another one. The types of aws-lambda hold
// them to what the services document, as far as it has types.
import type {
  ALBEvent,
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  APIGatewayRequestAuthorizerEvent,
  APIGatewayRequestAuthorizerEventV2,
  APIGatewayTokenAuthorizerEvent,
  AppSyncResolverEvent,
  CloudFrontRequestEvent,
  DynamoDBStreamEvent,
  FirehoseTransformationEvent,
  KinesisStreamEvent,
  S3Event,
  SNSEvent,
  SQSEvent,
} from 'aws-lambda'

const account = '123456789012'
const agentName = 'curl/8.5.0'
const identity = {
  accessKey: null,
  accountId: null,
  apiKey: null,
  apiKeyId: null,
  caller: null,
  clientCert: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  sourceIp: '192.0.2.7',
  user: null,
  userAgent: agentName,
  userArn: null,
}
const restContext = {
  accountId: account,
  apiId: 'a1b2c3d4e5',
  authorizer: undefined,
  protocol: 'HTTP/1.1',
  httpMethod: 'POST',
  identity,
  path: '/live/orders',
  stage: 'live',
  requestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
  requestTimeEpoch: 1_764_500_000_000,
  resourceId: 'r4nd0m',
  resourcePath: '/orders',
}

export const rest: APIGatewayProxyEvent = {
  resource: '/orders',
  path: '/orders',
  httpMethod: 'POST',
  headers: {
    Accept: '*/*',
    Host: 'a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com',
    origin: 'https://shop.example.com',
  },
  multiValueHeaders: { Accept: ['*/*'], Host: ['a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com'] },
  queryStringParameters: null,
  multiValueQueryStringParameters: null,
  pathParameters: null,
  stageVariables: null,
  requestContext: restContext,
  body: '{"id":"o-1"}',
  isBase64Encoded: false,
}

/** Of an HTTP API with payload format 1.0. */
export const http1 = { version: '1.0', ...rest }

export const http2: APIGatewayProxyEventV2 = {
  version: '2.0',
  routeKey: 'POST /orders',
  rawPath: '/orders',
  rawQueryString: '',
  headers: { accept: '*/*', origin: 'https://shop.example.com' },
  requestContext: {
    accountId: account,
    apiId: 'f6g7h8i9j0',
    domainName: 'f6g7h8i9j0.execute-api.eu-west-1.amazonaws.com',
    domainPrefix: 'f6g7h8i9j0',
    http: {
      method: 'POST',
      path: '/orders',
      protocol: 'HTTP/1.1',
      sourceIp: '192.0.2.7',
      userAgent: agentName,
    },
    requestId: 'JKJaXmPLvHcESHA=',
    routeKey: 'POST /orders',
    stage: '$default',
    time: '30/Nov/2025:10:53:20 +0000',
    timeEpoch: 1_764_500_000_000,
  },
  body: '{"id":"o-1"}',
  isBase64Encoded: false,
}

export const functionUrl: APIGatewayProxyEventV2 = {
  ...http2,
  routeKey: '$default',
  requestContext: {
    ...http2.requestContext,
    accountId: 'anonymous',
    apiId: 'k1l2m3n4o5',
    domainName: 'k1l2m3n4o5.lambda-url.eu-west-1.on.aws',
    routeKey: '$default',
  },
}

const elb = {
  targetGroupArn: `arn:aws:elasticloadbalancing:eu-west-1:${account}:targetgroup/orders/49e9d65c45c6791a`,
}

export const alb: ALBEvent = {
  requestContext: { elb },
  httpMethod: 'POST',
  path: '/orders',
  queryStringParameters: {},
  headers: { accept: '*/*', host: 'lb-1.eu-west-1.elb.amazonaws.com', 'x-forwarded-proto': 'https' },
  body: '{"id":"o-1"}',
  isBase64Encoded: false,
}

/** Of a target group with multi-value headers. */
export const albMulti: ALBEvent = {
  requestContext: { elb },
  httpMethod: 'POST',
  path: '/orders',
  multiValueQueryStringParameters: {},
  multiValueHeaders: { accept: ['*/*'], host: ['lb-1.eu-west-1.elb.amazonaws.com'] },
  body: '{"id":"o-1"}',
  isBase64Encoded: false,
}

export const lattice1 = {
  raw_path: '/orders',
  method: 'POST',
  headers: { accept: '*/*', 'x-forwarded-for': '192.0.2.7' },
  query_string_parameters: {},
  body: '{"id":"o-1"}',
  is_base64_encoded: false,
}

export const lattice2 = {
  version: '2.0',
  path: '/orders',
  method: 'POST',
  headers: { accept: ['*/*'], 'x-forwarded-for': ['192.0.2.7'] },
  queryStringParameters: {},
  body: '{"id":"o-1"}',
  isBase64Encoded: false,
  requestContext: {
    serviceNetworkArn: `arn:aws:vpc-lattice:eu-west-1:${account}:servicenetwork/sn-0a1b2c3d4e5f60718`,
    serviceArn: `arn:aws:vpc-lattice:eu-west-1:${account}:service/svc-0a1b2c3d4e5f60718`,
    targetGroupArn: `arn:aws:vpc-lattice:eu-west-1:${account}:targetgroup/tg-0a1b2c3d4e5f60718`,
    identity: { sourceVpcArn: `arn:aws:ec2:eu-west-1:${account}:vpc/vpc-0a1b2c3d4e5f60718` },
    region: 'eu-west-1',
    timeEpoch: '1764500000000000',
  },
}

const socket = {
  extendedRequestId: 'BFHPhFe3IAMF95g=',
  requestTime: '30/Nov/2025:10:53:20 +0000',
  messageDirection: 'IN',
  stage: 'live',
  connectedAt: 1_764_499_999_990,
  requestTimeEpoch: 1_764_500_000_000,
  identity: { sourceIp: '192.0.2.7' },
  requestId: 'BFHPhFe3IAMF95g=',
  domainName: 'p1q2r3s4t5.execute-api.eu-west-1.amazonaws.com',
  connectionId: 'BFHPhfCWIAMCKlQ=',
  apiId: 'p1q2r3s4t5',
}

export const socketConnect = {
  headers: { Host: socket.domainName, 'Sec-WebSocket-Version': '13' },
  multiValueHeaders: { Host: [socket.domainName], 'Sec-WebSocket-Version': ['13'] },
  requestContext: { ...socket, routeKey: '$connect', eventType: 'CONNECT' },
  isBase64Encoded: false,
}

export const socketMessage = {
  requestContext: { ...socket, routeKey: 'order', messageId: 'BFaVtfGSIAMCKug=', eventType: 'MESSAGE' },
  body: '{"action":"order"}',
  isBase64Encoded: false,
}

const agent = {
  messageVersion: '1.0',
  agent: { name: 'orders', id: 'A1B2C3D4E5', alias: 'PROD', version: '1' },
  inputText: 'Order one more',
  sessionId: '123456789012345',
  actionGroup: 'orders',
  parameters: [{ name: 'id', type: 'string', value: 'o-1' }],
  sessionAttributes: { customer: 'c-1' },
  promptSessionAttributes: { channel: 'chat' },
}

/** Of an action group with an API schema: it has an httpMethod, as the events of APIs. */
export const agentApi = {
  ...agent,
  apiPath: '/orders',
  httpMethod: 'POST',
  requestBody: {
    content: { 'application/json': { properties: [{ name: 'id', type: 'string', value: 'o-1' }] } },
  },
}

export const agentFunction = { ...agent, function: 'order' }

const arn = `arn:aws:execute-api:eu-west-1:${account}:a1b2c3d4e5/live/POST/orders`

export const authorizers: Record<string, unknown> = {
  'a REST API, by request': {
    ...rest,
    requestContext: { ...restContext, authorizer: undefined },
    type: 'REQUEST',
    methodArn: arn,
  } satisfies APIGatewayRequestAuthorizerEvent,
  'a REST API, by token': {
    type: 'TOKEN',
    methodArn: arn,
    authorizationToken: 'Bearer t',
  } satisfies APIGatewayTokenAuthorizerEvent,
  'an HTTP API': {
    ...http2,
    type: 'REQUEST',
    routeArn: arn,
    identitySource: ['Bearer t'],
    cookies: [],
    headers: {},
  } satisfies APIGatewayRequestAuthorizerEventV2,
  'a WebSocket API': { ...socketConnect, type: 'REQUEST', methodArn: arn },
}

export const appSync: AppSyncResolverEvent<{ id: string }> = {
  arguments: { id: 'o-1' },
  identity: null,
  source: null,
  request: { headers: { host: 'u1v2w3.appsync-api.eu-west-1.amazonaws.com' }, domainName: null },
  prev: null,
  info: {
    fieldName: 'order',
    parentTypeName: 'Query',
    selectionSetList: ['id'],
    selectionSetGraphQL: '{ id }',
    variables: {},
  },
  stash: {},
}

export const cloudFront: CloudFrontRequestEvent = {
  Records: [
    {
      cf: {
        config: {
          distributionDomainName: 'd111111abcdef8.cloudfront.net',
          distributionId: 'EDFDVBD6EXAMPLE',
          eventType: 'origin-request',
          requestId: '4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==',
        },
        request: { clientIp: '192.0.2.7', headers: {}, method: 'GET', querystring: '', uri: '/orders' },
      },
    },
  ],
}

export const firehose: FirehoseTransformationEvent = {
  invocationId: 'i-1',
  deliveryStreamArn: `arn:aws:firehose:eu-west-1:${account}:deliverystream/orders`,
  region: 'eu-west-1',
  records: [
    {
      recordId: '49546986683135544286507457936321625675700192471156785154',
      approximateArrivalTimestamp: 1_764_500_000_000,
      data: 'bw==',
    },
  ],
}

export const kafka = {
  eventSource: 'aws:kafka',
  eventSourceArn: `arn:aws:kafka:eu-west-1:${account}:cluster/orders/1`,
  bootstrapServers: 'b-1.orders.kafka.eu-west-1.amazonaws.com:9092',
  records: {
    'orders-0': [{ topic: 'orders', partition: 0, offset: 15, timestamp: 1_764_500_000_000, value: 'bw==' }],
  },
}

export const s3: S3Event = {
  Records: [
    {
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      awsRegion: 'eu-west-1',
      eventTime: '2025-11-30T10:53:20.000Z',
      eventName: 'ObjectCreated:Put',
      userIdentity: { principalId: 'A3XMPL' },
      requestParameters: { sourceIPAddress: '192.0.2.7' },
      responseElements: { 'x-amz-request-id': 'X', 'x-amz-id-2': 'Y' },
      s3: {
        s3SchemaVersion: '1.0',
        configurationId: 'orders',
        bucket: { name: 'orders', ownerIdentity: { principalId: 'A3XMPL' }, arn: 'arn:aws:s3:::orders' },
        object: { key: 'o-1', size: 1, eTag: 'e', sequencer: '0A1B2C3D4E5F678901' },
      },
    },
  ],
}

export const sns: SNSEvent = {
  Records: [
    {
      EventVersion: '1.0',
      EventSource: 'aws:sns',
      EventSubscriptionArn: `arn:aws:sns:eu-west-1:${account}:orders:1`,
      Sns: {
        SignatureVersion: '1',
        Timestamp: '2025-11-30T10:53:20.000Z',
        Signature: 's',
        SigningCertUrl: 'https://sns.eu-west-1.amazonaws.com/c.pem',
        MessageId: 'm-1',
        Message: '{"id":"o-1"}',
        MessageAttributes: {},
        Type: 'Notification',
        UnsubscribeUrl: 'https://sns.eu-west-1.amazonaws.com/',
        TopicArn: `arn:aws:sns:eu-west-1:${account}:orders`,
        Subject: 'order',
      },
    },
  ],
}

/** An event of SQS, of messages with these bodies and ids; of a FIFO queue, if message groups are given. */
export function sqs(ids: readonly string[], groups?: readonly string[]): SQSEvent {
  return {
    Records: ids.map((messageId, index) => ({
      messageId,
      receiptHandle: `handle-${messageId}`,
      body: messageId,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '1764500000000',
        SenderId: 'AIDAEXAMPLE',
        ApproximateFirstReceiveTimestamp: '1764500000010',
        ...(groups && { MessageGroupId: groups[index]!, SequenceNumber: `${index}` }),
      },
      messageAttributes: {},
      md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
      eventSource: 'aws:sqs',
      eventSourceARN: `arn:aws:sqs:eu-west-1:${account}:orders${groups ? '.fifo' : ''}`,
      awsRegion: 'eu-west-1',
    })),
  }
}

const sequence = (index: number) => `4959033827149025660855969253836157109592157598913658${8_000 + index}`

/** An event of Kinesis, of records with these partition keys; `data` is the key and the index, `a0`. */
export function kinesis(keys: readonly string[]): KinesisStreamEvent {
  return {
    Records: keys.map((partitionKey, index) => ({
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey,
        sequenceNumber: sequence(index),
        data: `${partitionKey}${index}`,
        approximateArrivalTimestamp: 1_764_500_000.987,
      },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `shardId-000000000006:${sequence(index)}`,
      eventName: 'aws:kinesis:record',
      invokeIdentityArn: `arn:aws:iam::${account}:role/orders`,
      awsRegion: 'eu-west-1',
      eventSourceARN: `arn:aws:kinesis:eu-west-1:${account}:stream/orders`,
    })),
  }
}

/** An event of a DynamoDB stream, of changes to items with these ids. */
export function dynamoDb(items: readonly string[]): DynamoDBStreamEvent {
  return {
    Records: items.map((id, index) => ({
      eventID: `${index}`,
      eventVersion: '1.1',
      eventName: 'MODIFY',
      eventSource: 'aws:dynamodb',
      eventSourceARN: `arn:aws:dynamodb:eu-west-1:${account}:table/orders/stream/2025-11-30T00:00:00.000`,
      awsRegion: 'eu-west-1',
      dynamodb: {
        ApproximateCreationDateTime: 1_764_500_000,
        Keys: { id: { S: id } },
        NewImage: { id: { S: id }, change: { N: `${index}` } },
        SequenceNumber: `${100_000 + index}`,
        SizeBytes: 26,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    })),
  }
}
