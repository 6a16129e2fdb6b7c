export { createQueues, type Queues, type QueuesOptions } from './endpoint.ts'
export {
  createEventSource,
  type EventSource,
  type EventSourceOptions,
  type EventSourceUpdate,
} from './event-source.ts'
export type {
  MessageAttribute,
  MessageAttributes,
  OutgoingMessage,
  ReceivedMessage,
  SentMessage,
} from './message.ts'
export type { Queue, QueueCounts, ReceiveRequest } from './queue.ts'
export type { QueueSettings } from './settings.ts'
export type { SqsEvent, SqsRecord, SqsRecordAttribute } from './sqs-event.ts'
