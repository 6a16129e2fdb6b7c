export { Trigger, type Triggered, type TriggerParts } from './trigger.ts'
