import type { Environment } from '../engine/environment.ts'
import type { Guard } from '../peers/peer.ts'

/** An environment and what runs in it. */
export interface Member {
  readonly environment: Environment
  readonly guard: Guard
  retireAt: number
  broken: boolean
  /** Calls in progress, to be lost if it dies. */
  calls: number
}
