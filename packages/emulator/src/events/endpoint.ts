import {
  aFunction,
  type Checks,
  checkOptions,
  invalid,
  listOf,
  objectWith,
  required,
} from '@breakwater/circuit/shared'
import { aPort } from '../aws/checks.ts'
import type { EventEntry } from '../aws/event.ts'
import {
  type Input,
  type JsonService,
  type OnRequest,
  ServiceError,
  startJsonService,
} from '../aws/json-service.ts'
import { parseJson } from '../aws/parse-json.ts'
import type { EventBus } from './bus.ts'

/** The PutEvents endpoint of event buses. */
export type EventsEndpoint = JsonService

/** Options of {@link startEventsEndpoint}. */
export interface EventsEndpointOptions {
  readonly buses: readonly EventBus[]
  /** Called before each operation. */
  readonly onRequest?: OnRequest | undefined
  /** @default 0, a free one */
  readonly port?: number
}

const checks: Checks<EventsEndpointOptions> = {
  buses: required(listOf(objectWith('an EventBus', 'put'), 'event buses')),
  onRequest: aFunction,
  port: aPort,
}

const maxEntries = 10
const maxBytes = 256 * 1024

/** The error of one entry; the others of the request are not touched. */
class EntryError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Starts the endpoint that an EventBridge client of the SDK puts events to. It refuses as the service does: more
 * than 10 entries, more than 256 KiB, and, entry by entry, a source that begins with `aws.`, a detail that is no JSON
 * object, or a missing field. The service is silent about an event for a bus that does not exist; here it is an error.
 *
 * @throws TypeError for a bad option, or two buses of one name; PortError for a port that cannot be had.
 * @example
 * const endpoint = await startEventsEndpoint({ buses: [bus] })
 * const client = new EventBridgeClient({ endpoint: endpoint.url, region, credentials })
 */
export async function startEventsEndpoint(options: EventsEndpointOptions): Promise<EventsEndpoint> {
  const { buses: given, port = 0 } = checkOptions('startEventsEndpoint', options, checks)
  const buses = new Map<string, EventBus>()
  for (const bus of given) {
    if (buses.has(bus.name)) throw invalid('startEventsEndpoint: buses', bus.name, 'one bus of a name')
    buses.set(bus.name, bus)
    buses.set(bus.arn, bus)
  }
  const putEvents = (input: Input) => {
    const entries = entriesOf(input)
    const results = entries.map(entry => {
      try {
        return { EventId: put(entry, buses).id }
      } catch (error) {
        if (!(error instanceof EntryError)) throw error
        return { ErrorCode: error.code, ErrorMessage: error.message }
      }
    })
    return { FailedEntryCount: results.filter(result => 'ErrorCode' in result).length, Entries: results }
  }
  const operations = { PutEvents: putEvents }
  return startJsonService({
    target: 'AWSEvents',
    version: '1.1',
    operations,
    onRequest: options.onRequest,
    port,
    portOption: '--events-port',
  })
}

function entriesOf({ Entries, EndpointId }: Input): readonly Input[] {
  if (EndpointId !== undefined) throw refused('EndpointId is not supported here')
  if (!Array.isArray(Entries) || Entries.length === 0)
    throw refused('entries: at least one entry is required')
  if (Entries.length > maxEntries) {
    throw refused(`entries: ${Entries.length} entries; a request may have ${maxEntries}`)
  }
  if (!Entries.every(entry => typeof entry === 'object' && entry !== null))
    throw refused('entries: objects only')
  const bytes = Entries.reduce((sum: number, entry: Input) => sum + sizeOf(entry), 0)
  if (bytes > maxBytes)
    throw refused(`Total size of the entries in the request is over the limit: ${bytes} bytes of ${maxBytes}`)
  return Entries
}

/** As the service counts: 14 bytes for a time, and the texts as UTF-8. */
function sizeOf({ Time, Source, DetailType, Detail, Resources }: Input): number {
  const texts = [Source, DetailType, Detail, ...(Array.isArray(Resources) ? Resources : [])]
  const bytes = texts.reduce(
    (sum: number, text) => sum + (typeof text === 'string' ? Buffer.byteLength(text) : 0),
    0,
  )
  return bytes + (Time === undefined ? 0 : 14)
}

function put(entry: Input, buses: ReadonlyMap<string, EventBus>) {
  const source = textOf('Source', entry.Source)
  const detailType = textOf('DetailType', entry.DetailType)
  const detail = detailOf(textOf('Detail', entry.Detail))
  if (source.startsWith('aws.')) {
    throw new EntryError('NotAuthorizedForSourceException', `Not authorized for the source: ${source}.`)
  }
  const { Time, Resources = [], EventBusName = 'default' } = entry
  if (!Array.isArray(Resources) || !Resources.every(resource => typeof resource === 'string')) {
    throw new EntryError(
      'InvalidArgument',
      'Parameter Resources is not valid. Reason: a list of texts is expected.',
    )
  }
  // The protocol's times are seconds.
  const at = Time === undefined ? Number.NaN : Number(Time) * 1_000
  if (Time !== undefined && !(Math.abs(at) <= 8.64e15)) {
    throw new EntryError(
      'InvalidArgument',
      'Parameter Time is not valid. Reason: epoch seconds are expected.',
    )
  }
  const bus = buses.get(String(EventBusName))
  if (!bus) throw new EntryError('ResourceNotFoundException', `Event bus ${EventBusName} does not exist.`)
  const event: EventEntry = {
    source,
    detailType,
    detail,
    resources: Resources,
    ...(Time !== undefined && { at }),
  }
  return bus.put(event)
}

function textOf(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw new EntryError(
    'InvalidArgument',
    `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
  )
}

function detailOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const detail: unknown = parseJson(text)
    if (typeof detail === 'object' && detail !== null && !Array.isArray(detail))
      return detail as Record<string, unknown>
  } catch {
    // Refused below.
  }
  throw new EntryError('MalformedDetail', 'Detail is malformed.')
}

function refused(message: string): ServiceError {
  return new ServiceError('ValidationException', message)
}
