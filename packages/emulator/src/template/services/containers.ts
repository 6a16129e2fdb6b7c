import type { Clock } from '@breakwater/circuit'
import { type JsonService, startJsonService } from '../../aws/json-service.ts'
import { lookupIn } from '../../aws/lookup.ts'
import { createEcs, type Ecs, ecsTarget } from '../../ecs/index.ts'
import type { EventBus, EventEntry } from '../../events/index.ts'
import {
  createParameters,
  createSecrets,
  type Parameters,
  parametersTarget,
  type Secrets,
  secretsTarget,
} from '../../secrets/index.ts'
import type { Endpoints, StackOptions } from '../stack-options.ts'

/** Options of {@link startContainers}. */
export interface ContainersOptions extends Pick<StackOptions, 'ecs' | 'ports'> {
  readonly region: string
  readonly account: string
  readonly clock: Clock
  readonly random: () => number
  /** The default one gets the events. */
  readonly buses: readonly EventBus[]
}

/** Containers, what they read, and the endpoints of both. */
export interface Containers {
  readonly ecs: Ecs
  readonly secrets: Secrets
  readonly parameters: Parameters
  readonly endpoints: Pick<Endpoints, 'ecs' | 'secretsmanager' | 'ssm'>
  close(): Promise<void>
}

/** Starts ECS, Secrets Manager and Parameter Store. */
export async function startContainers(options: ContainersOptions): Promise<Containers> {
  const { buses, ports = {}, region, account, clock, random } = options
  const bus = buses.find(({ name }) => name === 'default')
  const emit = (event: EventEntry) => void bus?.put(event)
  const surroundings = { region, account, clock, random, emit }
  const secrets = createSecrets(surroundings)
  const parameters = createParameters(surroundings)
  const lookup = lookupIn(parameters, secrets)
  const ecs = createEcs({ ...surroundings, ...options.ecs, lookup })
  const started: JsonService[] = []
  const serve = async (
    target: string,
    { operations }: Ecs | Secrets | Parameters,
    port = 0,
    option: string,
  ) => {
    const service = await startJsonService({ target, version: '1.1', operations, port, portOption: option })
    started.push(service)
    return service.url
  }
  const close = async () => {
    ecs.close()
    await Promise.all(started.map(service => service.close()))
  }
  try {
    const endpoints = {
      ecs: await serve(ecsTarget, ecs, ports.ecs, '--ecs-port'),
      secretsmanager: await serve(secretsTarget, secrets, ports.secretsmanager, '--secretsmanager-port'),
      ssm: await serve(parametersTarget, parameters, ports.ssm, '--ssm-port'),
    }
    return { ecs, secrets, parameters, endpoints, close }
  } catch (error) {
    await close()
    throw error
  }
}
