import { createHash } from 'node:crypto'
import type { Caller, CallerRole, PermissionCheck, ServiceCall } from './service-call.ts'

/** A role of a template. */
export interface KnownRole {
  readonly stack: string
  readonly id: string
  readonly arn: string | undefined
}

/** Options of {@link Callers}. */
export interface CallersOptions {
  /** @default nothing is reported */
  readonly onServiceCall?: ((call: ServiceCall) => void) | undefined
  /** The roles of the templates, once they are known. */
  readonly roles: () => Iterable<KnownRole>
  readonly log: (line: string) => void
}

/** Answers what IAM would be asked; an input that the service refuses may make it throw. */
export type Checks = () => readonly PermissionCheck[]

/**
 * Knows who calls: gives every caller an access key id of its own, by which a server finds it in the signature of a
 * request, and reports its calls.
 */
export class Callers {
  readonly #options: CallersOptions
  readonly #byKey = new Map<string, Caller>()
  readonly #withRole = new Set<Caller>()

  constructor(options: CallersOptions) {
    this.#options = options
  }

  /** Whether calls are reported at all. */
  get reported(): boolean {
    return this.#options.onServiceCall !== undefined
  }

  /** The access key id of a caller, the same at every start. */
  keyOf(caller: Caller): string {
    const digest = createHash('sha256').update(`${caller.name} ${caller.roleArn}`).digest('hex')
    const key = `ASIA${digest.slice(0, 16).toUpperCase()}`
    this.#byKey.set(key, caller)
    return key
  }

  /** The caller of a request, by its Authorization header; undefined for one from outside the stacks. */
  signedBy(authorization: string | undefined): Caller | undefined {
    const [, key = ''] = /\bCredential=([^/\s,]+)\//.exec(authorization ?? '') ?? []
    return this.withKey(key)
  }

  /** The caller whose access key id it is; undefined for nobody's. */
  withKey(accessKeyId: string): Caller | undefined {
    return this.#byKey.get(accessKeyId)
  }

  /** Reports the call of a caller; of one from outside the stacks nothing is reported. */
  report(caller: Caller | undefined, checks: Checks): void {
    if (!caller || !this.reported) return
    let all: readonly PermissionCheck[]
    try {
      all = checks()
    } catch {
      // The service refuses such an input, whatever the permissions.
      return
    }
    if (caller.roleArn !== undefined && !caller.outside) this.#reportRole(caller, caller.roleArn)
    const conditions = caller.roleArn === undefined ? caller.source : {}
    for (const check of all) {
      this.#send(caller, { ...check, conditions: { ...conditions, ...check.conditions } }, this.#role(caller))
    }
  }

  /** The service takes on the role, which its trust policy has to allow. */
  #reportRole(caller: Caller, roleArn: string): void {
    if (this.#withRole.has(caller)) return
    this.#withRole.add(caller)
    const check = { action: 'sts:AssumeRole', resource: roleArn, conditions: { ...caller.source } }
    this.#send(caller, check, undefined)
  }

  #role({ roleArn: arn }: Caller): CallerRole | undefined {
    if (arn === undefined) return undefined
    for (const { stack, id, arn: known } of this.#options.roles())
      if (known === arn) return { arn, stack, id }
    return { arn, stack: undefined, id: undefined }
  }

  #send({ name, service }: Caller, check: PermissionCheck, role: CallerRole | undefined): void {
    try {
      this.#options.onServiceCall?.({ caller: name, service, role, ...check })
    } catch (error) {
      this.#options.log(`onServiceCall: ${error instanceof Error ? error.message : error}`)
    }
  }
}
