import { DescribeServicesCommand, type ECSClient } from '@aws-sdk/client-ecs'
import type { Clock } from '@breakwater/circuit'
import type { ServiceFacts } from '../model.ts'
import type { Target } from '../workflow/protocol.ts'
import { EcsCalls } from './ecs-calls.ts'
import { EcsRates } from './rates.ts'
import { serviceFacts } from './service-facts.ts'
import type { Sleep } from './sleep.ts'

/** Looks a service up. */
export type DescribeService = (target: Target) => Promise<ServiceFacts | undefined>

/**
 * Makes what looks a service up with its tags: undefined where there is none. Asks again where ECS throttles or is in
 * trouble.
 */
export function serviceDescriber(parts: {
  readonly ecs: Pick<ECSClient, 'send'>
  readonly clock: Clock
  readonly sleep: Sleep
  readonly random: () => number
}): DescribeService {
  const { ecs, clock, sleep, random } = parts
  const calls = new EcsCalls({ ecs, rates: new EcsRates({ clock, sleep }), sleep, random })
  return async ({ cluster, service }) => {
    const input = { cluster, services: [service], include: ['TAGS' as const] }
    try {
      const { services = [], failures = [] } = await calls.make('DescribeServices', (client, options) =>
        client.send(new DescribeServicesCommand(input), options),
      )
      const [found] = services
      if (found) return serviceFacts(found)
      const reason = failures[0]?.reason ?? 'nothing at all'
      if (reason !== 'MISSING') throw new Error(`DescribeServices answered ${reason}`)
      return undefined
    } catch (error) {
      if ((error as Partial<Error> | undefined)?.name === 'ClusterNotFoundException') return undefined
      throw error
    }
  }
}
