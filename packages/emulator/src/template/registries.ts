import type { EventBus } from '../events/index.ts'
import type { Queues } from '../queues/index.ts'
import type { RestApi } from '../rest/index.ts'
import { type Known, Registry } from './registry.ts'
import type { Part } from './run-types.ts'
import type { LocalMachine } from './services/executions.ts'
import type { LocalFunction } from './services/functions.ts'
import type { KnownSource } from './services/lambda-answers.ts'
import type { LocalStack } from './stack-options.ts'
import type { ResolvedResource } from './types.ts'

/** What runs; lists are in the order of their resources. */
export interface Running {
  readonly apis: ReadonlyMap<ResolvedResource, RestApi>
  readonly functions: readonly LocalFunction[]
  readonly machines: readonly LocalMachine[]
  readonly buses: readonly EventBus[]
  readonly queues: Queues
  readonly sources: readonly KnownSource[]
}

type Registries = Pick<LocalStack, 'apis' | 'functions' | 'machines' | 'buses' | 'queues' | 'eventSources'>

/** Makes everything that runs known by its names. */
export function registriesOf(
  parts: Readonly<Record<Part, readonly ResolvedResource[]>>,
  running: Running,
): Registries {
  const { apis, functions, machines, buses, queues, sources } = running
  // An API's Name is not its id, but what people call it.
  const named = (api: ResolvedResource) => ({ ...api, name: String(api.properties.Name ?? api.name) })
  const mappings = parts.queues.filter(({ type }) => type !== 'AWS::SQS::Queue')
  const queued = parts.queues.filter(({ type }) => type === 'AWS::SQS::Queue')
  const known = (name: string) =>
    parts.buses.find(one => one.type === 'AWS::Events::EventBus' && one.name === name)
  return {
    apis: new Registry(
      'api',
      [...apis].map(([api, item]) => [named(api), item]),
    ),
    functions: new Registry('function', pairs(parts.functions, functions)),
    machines: new Registry('state machine', pairs(parts.machines, machines)),
    buses: new Registry(
      'event bus',
      buses.map(bus => [known(bus.name) ?? { stack: '', id: bus.name, name: bus.name, arn: bus.arn }, bus]),
    ),
    queues: new Registry(
      'queue',
      pairs(
        queued,
        queued.map(({ name }) => queues.queues.get(name)!),
      ),
    ),
    eventSources: new Registry(
      'event source mapping',
      pairs(
        mappings,
        sources.map(({ source }) => source),
      ),
    ),
  }
}

function pairs<T>(known: readonly Known[], items: readonly T[]): readonly (readonly [Known, T])[] {
  return items.map((item, index) => [known[index]!, item])
}
