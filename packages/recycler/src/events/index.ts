/**
 * What events of EventBridge say: which secret or parameter changed, and how a deployment stands.
 *
 * @module
 */
export { type DeploymentEvent, readDeploymentEvent } from './deployment.ts'
export type {
  AttentionNotice,
  ChangedNotice,
  EventOptions,
  IgnoredNotice,
  MalformedNotice,
  Notice,
} from './notice.ts'
export { readEvent } from './read-event.ts'
