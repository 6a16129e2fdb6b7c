import { type JsonService, startJsonService } from '../../aws/json-service.ts'
import { lookupIn } from '../../aws/lookup.ts'
import { createEcs, type Ecs, ecsTarget } from '../../ecs/ecs.ts'
import { createParameters, type Parameters, parametersTarget } from '../../secrets/parameters.ts'
import { createSecrets, type Secrets, secretsTarget } from '../../secrets/secrets.ts'
import type { ServiceDefinition } from '../service.ts'

/**
 * ECS, Secrets Manager and Parameter Store: empty at first, filled by API calls. No type of a template is made by them.
 */
export const containers: ServiceDefinition = {
  types: {},

  async start(_, { region, account, clock, random, ports, emit, options, callers }) {
    const shared = { region, account, clock, emit }
    const secrets = createSecrets({ ...shared, random })
    const parameters = createParameters(shared)
    const ecs = createEcs({ ...shared, random, ...options.ecs, lookup: lookupIn(parameters, secrets) })
    const started: JsonService[] = []
    const serve = async (
      target: string,
      { operations, checksOf }: Ecs | Secrets | Parameters,
      port: number | undefined,
      portOption: string,
    ) => {
      const service = await startJsonService({
        target,
        version: '1.1',
        operations,
        onRequest: (authorization, action, input) =>
          callers.report(callers.signedBy(authorization), () => checksOf(action, input)),
        port: port ?? 0,
        portOption,
      })
      started.push(service)
      return service.url
    }
    const close = async () => {
      ecs.close()
      await Promise.all(started.map(service => service.close()))
    }
    try {
      return {
        endpoints: {
          ecs: await serve(ecsTarget, ecs, ports.ecs, '--ecs-port'),
          secretsmanager: await serve(secretsTarget, secrets, ports.secretsmanager, '--secretsmanager-port'),
          ssm: await serve(parametersTarget, parameters, ports.ssm, '--ssm-port'),
        },
        members: { ecs, secrets, parameters },
        close,
      }
    } catch (error) {
      await close()
      throw error
    }
  },
}
