export { createEcs, type Ecs, type EcsOptions, type EcsTask } from './ecs.ts'
export type { EcsRates, Rate } from './throttle.ts'
export type { EcsTiming } from './types.ts'

/** What stands before an action of ECS in X-Amz-Target. */
export const ecsTarget = 'AmazonEC2ContainerServiceV20141113'
