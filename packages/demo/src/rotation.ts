import { setTimeout as sleep } from 'node:timers/promises'
import { DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs'
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { fakeCredentials } from '@breakwater/emulator'
import type { DemoStack } from './demo-stack.ts'
import type { Narrator } from './narrator.ts'
import { openShop, shop, shopServices } from './shop.ts'

/** The recycle after a rotation. */
export interface RotationResult {
  /** Name of the secret. */
  readonly secret: string
  /** Services that read it, and those of them that held the old version. */
  readonly candidates: number
  readonly stale: number
  readonly recycled: number
  readonly skipped: readonly { readonly service: string; readonly reason: string }[]
  readonly failed: number
}

/** The most time for a recycle, in ms. */
const maxWaitMs = 60_000

/** Options of {@link playRotation}. */
export interface RotationOptions {
  readonly demo: DemoStack
  readonly narrator: Narrator
  /** Ends the rotation at once. */
  readonly signal: AbortSignal
}

/**
 * Rotates a secret that five services read, and reports how two of them are recycled, a canary first, and why three are
 * not. Nothing but the event of the rotation starts the recycle.
 *
 * @returns undefined where no recycle ended in time.
 */
export async function playRotation({
  demo,
  narrator,
  signal,
}: RotationOptions): Promise<RotationResult | undefined> {
  const clientOptions = {
    region: demo.stack.variables.AWS_REGION ?? 'us-east-1',
    credentials: fakeCredentials,
  }
  const ecs = new ECSClient({ ...clientOptions, endpoint: demo.stack.endpoints.ecs })
  const secrets = new SecretsManagerClient({
    ...clientOptions,
    endpoint: demo.stack.endpoints.secretsmanager,
  })
  const end = performance.now() + maxWaitMs
  const inTime = () => performance.now() < end
  try {
    narrator.step(`five ECS services read the secret ${shop.secret}`)
    await openShop(ecs, secrets, signal)
    const before = await settledServices(ecs, inTime, signal)

    narrator.step('the secret is rotated: a new version becomes AWSCURRENT')
    const SecretString = '{"password":"not-to-be-logged-2"}'
    const { VersionId } = await secrets.send(
      new PutSecretValueCommand({ SecretId: shop.secret, SecretString }),
    )
    const report = await followRecycle({ demo, ecs, narrator, before, version: VersionId, inTime, signal })
    if (!report) return undefined
    const { counts, skipped } = report
    for (const { service, reason } of skipped)
      narrator.line(`  ${nameOf(service)}: left alone (${reasons[reason] ?? reason})`)
    const { candidates, stale, recycled, failed } = counts
    return {
      secret: shop.secret,
      candidates,
      stale,
      recycled,
      skipped: skipped.map(({ service, reason }) => ({ service: nameOf(service), reason })),
      failed,
    }
  } finally {
    ecs.destroy()
    secrets.destroy()
  }
}

/** The reasons for leaving a service alone, in words. */
const reasons: Readonly<Record<string, string>> = {
  'not-opted-in': 'it is not tagged breakwater:recycle=true',
  'code-deploy': 'only CodeDeploy may deploy it',
  'pinned-version': 'it asks for the first version by its id, which no recycle changes',
}

interface FollowOptions extends RotationOptions {
  readonly ecs: ECSClient
  /** The deployment of each service before the rotation. */
  readonly before: ReadonlyMap<string, string>
  /** The secret's new version. */
  readonly version: string | undefined
  readonly inTime: () => boolean
}

/** Reports every deployment as it begins and ends, until the workflow has ended. */
async function followRecycle(options: FollowOptions): Promise<Report | undefined> {
  const { demo, ecs, narrator, before, version, inTime, signal } = options
  const begun = new Set<string>()
  const ended = new Set<string>()
  while (inTime()) {
    for (const [name, { id, state }] of await deploymentsOf(ecs)) {
      if (id === before.get(name)) continue
      if (!begun.has(name)) narrator.line(`  ${name}: recycled${begun.size === 0 ? ', as the canary' : ''}`)
      begun.add(name)
      if (state === 'COMPLETED' && !ended.has(name)) {
        ended.add(name)
        narrator.line(`  ${name}: its new tasks run`)
      }
    }
    const report = (await reportsOf(demo)).find(({ versionId }) => versionId === version)
    if (report) return report
    await sleep(100, undefined, { signal })
  }
  return undefined
}

/** Reports of the recycles that have ended. The creation of the secret is a change too and has its own. */
async function reportsOf({ stack: { machines, executions } }: DemoStack): Promise<readonly Report[]> {
  const machine = [...machines].find(({ name }) => /recycle/i.test(name))
  const ended = machine
    ? executions.of(machine).filter(({ execution: { status } }) => status === 'SUCCEEDED')
    : []
  const results = await Promise.all(ended.map(({ execution }) => execution.result))
  return results.map(({ output }) => output as unknown as Report)
}

/** Waits until the first deployment of every service has ended; returns the ids of the deployments. */
async function settledServices(
  ecs: ECSClient,
  inTime: () => boolean,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  for (;;) {
    const deployments = await deploymentsOf(ecs)
    const settled = [...deployments.values()].every(({ state }) => state !== 'IN_PROGRESS')
    if (settled || !inTime()) return new Map([...deployments].map(([name, { id }]) => [name, id]))
    await sleep(100, undefined, { signal })
  }
}

async function deploymentsOf(ecs: ECSClient) {
  const { services = [] } = await ecs.send(
    new DescribeServicesCommand({ cluster: shop.cluster, services: [...shopServices] }),
  )
  return new Map(
    services.flatMap(({ serviceName = '', deployments = [] }) => {
      const primary = deployments.find(({ status }) => status === 'PRIMARY')
      return primary ? [[serviceName, { id: primary.id ?? '', state: primary.rolloutState }] as const] : []
    }),
  )
}

interface Report {
  readonly versionId: string | null
  readonly counts: {
    readonly candidates: number
    readonly stale: number
    readonly recycled: number
    readonly failed: number
  }
  readonly skipped: readonly { readonly service: string; readonly reason: string }[]
}

/** The name without its cluster. */
function nameOf(service: string): string {
  return service.split('/').at(-1) ?? service
}
