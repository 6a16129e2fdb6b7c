import { setTimeout as sleep } from 'node:timers/promises'
import { DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs'
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { fakeCredentials } from '@breakwater/emulator'
import type { DemoStack } from './demo-stack.ts'
import type { Narrator } from './narrator.ts'
import { openShop, shop, shopServices } from './shop.ts'

/** What became of a rotation. */
export interface Recycle {
  /** Name of the secret. */
  readonly secret: string
  /** Services that name it, and those of them that held the old version. */
  readonly candidates: number
  readonly stale: number
  readonly recycled: number
  readonly skipped: readonly { readonly service: string; readonly reason: string }[]
  readonly failed: number
}

/** The longest the story waits for a recycle, in ms. */
const longestMs = 60_000

/** Options of {@link playRotation}. */
export interface RotationOptions {
  readonly rig: DemoStack
  readonly narrator: Narrator
  /** Ends the story where it stands. */
  readonly signal: AbortSignal
}

/**
 * Rotates a secret that five services read, and tells how two of them are recycled, a canary first, and why three are
 * not. The event that the rotation makes is all that starts it.
 *
 * @returns what became of it; undefined where nothing did in time.
 */
export async function playRotation({ rig, narrator, signal }: RotationOptions): Promise<Recycle | undefined> {
  const about = { region: rig.stack.variables.AWS_REGION ?? 'us-east-1', credentials: fakeCredentials }
  const ecs = new ECSClient({ ...about, endpoint: rig.stack.endpoints.ecs })
  const secrets = new SecretsManagerClient({ ...about, endpoint: rig.stack.endpoints.secretsmanager })
  const end = performance.now() + longestMs
  const inTime = () => performance.now() < end
  try {
    narrator.turn(`five ECS services read the secret ${shop.secret}`)
    await openShop(ecs, secrets, signal)
    const before = await settledServices(ecs, inTime, signal)

    narrator.turn('the secret is rotated: a new version becomes AWSCURRENT')
    const SecretString = '{"password":"not-to-be-logged-2"}'
    const { VersionId } = await secrets.send(
      new PutSecretValueCommand({ SecretId: shop.secret, SecretString }),
    )
    const report = await followed({ rig, ecs, narrator, before, version: VersionId, inTime, signal })
    if (!report) return undefined
    const { counts, skipped } = report
    for (const { service, reason } of skipped)
      narrator.say(`  ${nameOf(service)}: left alone (${reasons[reason] ?? reason})`)
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

/** What the reasons mean, for whoever reads the story. */
const reasons: Readonly<Record<string, string>> = {
  'not-opted-in': 'it is not tagged breakwater:recycle=true',
  'code-deploy': 'only CodeDeploy may deploy it',
  'pinned-version': 'it asks for the first version by its id, which no recycle changes',
}

interface Followed extends RotationOptions {
  readonly ecs: ECSClient
  /** The deployment of each service before the rotation. */
  readonly before: ReadonlyMap<string, string>
  /** The secret's new version. */
  readonly version: string | undefined
  readonly inTime: () => boolean
}

/** Tells of every deployment as it begins and ends, until the workflow is over. */
async function followed(options: Followed): Promise<Report | undefined> {
  const { rig, ecs, narrator, before, version, inTime, signal } = options
  const begun = new Set<string>()
  const ended = new Set<string>()
  while (inTime()) {
    for (const [name, { id, state }] of await deploymentsOf(ecs)) {
      if (id === before.get(name)) continue
      if (!begun.has(name)) narrator.say(`  ${name}: recycled${begun.size === 0 ? ', as the canary' : ''}`)
      begun.add(name)
      if (state === 'COMPLETED' && !ended.has(name)) {
        ended.add(name)
        narrator.say(`  ${name}: its new tasks run`)
      }
    }
    const report = (await reportsOf(rig)).find(({ versionId }) => versionId === version)
    if (report) return report
    await sleep(100, undefined, { signal })
  }
  return undefined
}

/** What the recycles that are over report; that the secret was made is a change, too, and has one of its own. */
async function reportsOf({ stack: { machines, executions } }: DemoStack): Promise<readonly Report[]> {
  const machine = [...machines].find(({ name }) => /recycle/i.test(name))
  const over = machine
    ? executions.of(machine).filter(({ execution: { status } }) => status === 'SUCCEEDED')
    : []
  const results = await Promise.all(over.map(({ execution }) => execution.result))
  return results.map(({ output }) => output as unknown as Report)
}

/** Waits until every service runs what it was made with. */
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

/** Without its cluster. */
function nameOf(service: string): string {
  return service.split('/').at(-1) ?? service
}
