/**
 * What events of EventBridge say: which secret or parameter changed.
 *
 * @module
 */
export type {
  AttentionNotice,
  ChangedNotice,
  EventOptions,
  IgnoredNotice,
  MalformedNotice,
  Notice,
} from './notice.ts'
export { readEvent } from './read-event.ts'
