/**
 * Credentials of the administrator of the local account, for SDK clients and signed requests. Only APIs look at them.
 *
 * @example
 * const client = new DynamoDBClient({ endpoint, region: 'eu-west-1', credentials: fakeCredentials })
 */
export const fakeCredentials = { accessKeyId: 'local', secretAccessKey: 'local', sessionToken: 'local' }
