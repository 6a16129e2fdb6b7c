import { type ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs'
import { type Circuit, isCircuitOpenError } from '@breakwater/circuit'
import { classifyAws } from '@breakwater/guards'
import { serviceFacts } from '../discover/services.ts'
import type { ServiceFacts } from '../model.ts'
import type { Target } from '../workflow/protocol.ts'
import type { Slot } from './shared-bucket.ts'

/** What became of an UpdateService. Where that is not known, it throws. */
export type UpdateResult =
  | { readonly kind: 'answered'; readonly facts: ServiceFacts }
  /** It came too late for its slot, and was not sent. */
  | { readonly kind: 'late' }
  /** Not carried out. */
  | { readonly kind: 'throttled'; readonly error: unknown }
  /** Not carried out, and it will not be. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Not carried out: there is no such service. */
  | { readonly kind: 'gone' }
  /** Not sent. */
  | { readonly kind: 'rejected'; readonly error: unknown }

const throttled = /throttl|toomany|limitexceeded|slowdown/i
const absent = /^(ServiceNotFound|ServiceNotActive|ClusterNotFound)Exception$/

/**
 * Has a service deployed anew, in its slot, through its circuit, and at most once whatever the circuit does.
 *
 * @throws what leaves open whether it was carried out: a timeout, a broken connection, a fault of the service.
 */
export async function updateService(
  { ecs, circuit, timeoutMs }: UpdateDependencies,
  { cluster, service }: Target,
  slot: Slot,
): Promise<UpdateResult> {
  const late = new AbortController()
  let sent: Promise<unknown> | undefined
  const send = (abortSignal: AbortSignal) => {
    // The circuit may have waited for its store. A caller that gives up says nothing of the dependency.
    if (!sent && !slot.isNow()) {
      late.abort()
      throw late.signal.reason
    }
    const command = new UpdateServiceCommand({ cluster, service, forceNewDeployment: true })
    const sending = (sent as ReturnType<typeof ecs.send>) ?? ecs.send(command, { abortSignal })
    sent = sending
    return sending as Promise<{ service?: Parameters<typeof serviceFacts>[0] }>
  }
  try {
    const answer = await circuit.run(send, { signal: late.signal, timeoutMs })
    if (!answer.service) throw new Error('UpdateService answered no service')
    return { kind: 'answered', facts: serviceFacts(answer.service) }
  } catch (error) {
    if (late.signal.aborted) return { kind: 'late' }
    if (isCircuitOpenError(error)) return { kind: 'rejected', error }
    return judge(error)
  }
}

/** What {@link updateService} needs. */
interface UpdateDependencies {
  readonly ecs: Pick<ECSClient, 'send'>
  readonly circuit: Pick<Circuit, 'run'>
  readonly timeoutMs: number
}

function judge(error: unknown): UpdateResult {
  const { name, message, $fault, $metadata } = (error ?? {}) as {
    name?: unknown
    message?: unknown
    $fault?: unknown
    $metadata?: { httpStatusCode?: unknown }
  }
  const status = $metadata?.httpStatusCode
  // Only an answer of ECS that blames the caller says for sure that nothing was done.
  if ($fault !== 'client' || typeof status !== 'number' || status >= 500) throw error
  if (throttled.test(String(name)) || status === 429) return { kind: 'throttled', error }
  if (classifyAws({ ok: false, error }) !== 'success') throw error
  if (absent.test(String(name))) return { kind: 'gone' }
  return {
    kind: 'refused',
    reason: `UpdateService was refused: ${name}: ${String(message ?? '').slice(0, 300)}`,
  }
}
