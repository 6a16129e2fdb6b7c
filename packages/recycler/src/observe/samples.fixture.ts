/** Events as AWS publishes them in its documentation, and one recorded. */
export const labelUpdated = {
  version: '0',
  id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
  'detail-type': 'Secret Label Updated',
  source: 'aws.secretsmanager',
  account: '012345678901',
  time: '2024-02-06T16:43:48Z',
  region: 'us-west-2',
  resources: ['arn:aws:secretsmanager:us-west-2:012345678901:secret:mySecret-a1b2c3'],
  detail: {
    name: 'mySecret',
    labelUpdated: 'AWSCURRENT',
    versionId: 'a1b2c3d4-5678-90ab-cdef-EXAMPLE11111',
  },
}

export const rotationSucceeded = {
  version: '0',
  id: 'dd5fd657-7361-f5d2-0c0f-0fe27390611b',
  'detail-type': 'AWS Service Event via CloudTrail',
  source: 'aws.secretsmanager',
  account: '012345678901',
  time: '2021-08-13T19:17:16Z',
  region: 'us-west-2',
  resources: [],
  detail: {
    eventVersion: '1.08',
    userIdentity: { accountId: '012345678901', invokedBy: 'secretsmanager.amazonaws.com' },
    eventTime: '2021-08-13T19:17:16Z',
    eventSource: 'secretsmanager.amazonaws.com',
    eventName: 'RotationSucceeded',
    awsRegion: 'us-west-2',
    requestParameters: null,
    responseElements: null,
    additionalEventData: {
      SecretId: 'arn:aws:secretsmanager:us-west-2:012345678901:secret:Appuser-pyodbc-WoDpmU',
    },
    requestID: 'Rotation-EXAMPLE',
    eventID: '638c6d2d-0000-4000-8000-000000000000',
    readOnly: false,
    eventType: 'AwsServiceEvent',
    managementEvent: true,
    eventCategory: 'Management',
  },
}

export const putSecretValue = {
  version: '0',
  id: '4d383ea9-0000-4000-8000-000000000000',
  'detail-type': 'AWS API Call via CloudTrail',
  source: 'aws.secretsmanager',
  account: '012345678901',
  time: '2026-01-01T00:00:00Z',
  region: 'us-west-2',
  resources: [],
  detail: {
    eventVersion: '1.09',
    eventSource: 'secretsmanager.amazonaws.com',
    eventName: 'PutSecretValue',
    awsRegion: 'us-west-2',
    requestParameters: {
      secretId: 'arn:aws:secretsmanager:us-west-2:012345678901:secret:prod/test-secret-123456',
      clientRequestToken: '4d383ea9-0000-4000-8000-000000000000',
    },
    responseElements: {
      arn: 'arn:aws:secretsmanager:us-west-2:012345678901:secret:prod/test-secret-123456',
    },
    readOnly: false,
    eventType: 'AwsApiCall',
  },
}

export const parameterChange = {
  version: '0',
  id: '9547ef2d-3b7e-4057-b6cb-5fdf09ee7c8f',
  'detail-type': 'Parameter Store Change',
  source: 'aws.ssm',
  account: '123456789012',
  time: '2017-05-22T16:44:48Z',
  region: 'us-east-2',
  resources: ['arn:aws:ssm:us-east-2:123456789012:parameter/MyExampleParameter'],
  detail: {
    operation: 'Update',
    name: 'MyExampleParameter',
    type: 'String',
    description: 'Sample Parameter',
  },
}

export const deploymentFailed = {
  version: '0',
  id: 'ddca6449-b258-46c0-8653-e0e3aEXAMPLE',
  'detail-type': 'ECS Deployment State Change',
  source: 'aws.ecs',
  account: '111122223333',
  time: '2020-05-23T12:31:14Z',
  region: 'us-west-2',
  resources: ['arn:aws:ecs:us-west-2:111122223333:service/default/servicetest'],
  detail: {
    eventType: 'ERROR',
    eventName: 'SERVICE_DEPLOYMENT_FAILED',
    deploymentId: 'ecs-svc/123',
    updatedAt: '2020-05-23T11:11:11Z',
    reason: 'ECS deployment circuit breaker: task failed to start.',
  },
}

/** The same event with a few fields of the envelope, and of its detail, changed; undefined removes one. */
export function changed<T extends { detail: object }>(event: T, fields: object, detail: object = {}) {
  return JSON.parse(JSON.stringify({ ...event, detail: { ...event.detail, ...detail }, ...fields }))
}
