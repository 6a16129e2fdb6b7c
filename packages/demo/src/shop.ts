import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateClusterCommand,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  type ECSClient,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs'
import { CreateSecretCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager'

/** The cluster of the shop's services, and the secret that they read. */
export const shop = { cluster: 'shop', secret: 'shop/database' } as const

/** A service of the shop: its differences from the others. */
interface ShopService extends Partial<CreateServiceCommandInput> {
  readonly serviceName: string
  /** How its task definition names the secret. */
  readonly reads: (secret: { readonly arn: string; readonly versionId: string }) => string
}

const optedIn = { key: 'breakwater:recycle', value: 'true' }
const safe = {
  deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
}
const byArn: ShopService['reads'] = ({ arn }) => arn

/** Two services that a rotation recycles, and three that it leaves alone, each for its own reason. */
const services: readonly ShopService[] = [
  { serviceName: 'checkout', desiredCount: 4, tags: [optedIn], reads: byArn, ...safe },
  // The name is enough, and a part of the secret too: a partial ARN, and a key of its JSON.
  {
    serviceName: 'billing',
    desiredCount: 2,
    tags: [optedIn],
    reads: ({ arn }) => `${arn.slice(0, -7)}:password::`,
    ...safe,
  },
  { serviceName: 'reports', desiredCount: 1, reads: byArn },
  {
    serviceName: 'ledger',
    desiredCount: 2,
    tags: [optedIn],
    deploymentController: { type: 'CODE_DEPLOY' },
    reads: byArn,
  },
  {
    serviceName: 'audit-log',
    desiredCount: 1,
    tags: [optedIn],
    reads: ({ arn, versionId }) => `${arn}:password::${versionId}`,
  },
]

/** Names of the shop's services. */
export const shopServices: readonly string[] = services.map(({ serviceName }) => serviceName)

/** Makes the secret, and the services that read it. */
export async function openShop(
  ecs: ECSClient,
  secrets: SecretsManagerClient,
  signal: AbortSignal,
): Promise<void> {
  const { ARN: arn = '', VersionId: versionId = '' } = await secrets.send(
    new CreateSecretCommand({ Name: shop.secret, SecretString: '{"password":"not-to-be-logged-1"}' }),
  )
  // Events of secrets have whole seconds: a service created in the second of the change might have read the old version.
  await sleep(1_100, undefined, { signal })
  await ecs.send(new CreateClusterCommand({ clusterName: shop.cluster }))
  for (const { serviceName, reads, ...service } of services) {
    const image = 'example.com/shop@sha256:'.padEnd(88, '0')
    const { taskDefinition } = await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: serviceName,
        containerDefinitions: [
          { name: 'app', image, secrets: [{ name: 'DB_PASSWORD', valueFrom: reads({ arn, versionId }) }] },
        ],
      }),
    )
    await ecs.send(
      new CreateServiceCommand({
        cluster: shop.cluster,
        serviceName,
        taskDefinition: taskDefinition?.taskDefinitionArn,
        ...service,
      }),
    )
  }
}
