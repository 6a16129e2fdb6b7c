import { type ICircuitTable, SecretRotationRecycler } from '@breakwater/constructs'
import { Stack, type StackProps } from 'aws-cdk-lib'
import type { IEventBus } from 'aws-cdk-lib/aws-events'
import type { Construct } from 'constructs'
import type { Settings } from './settings.ts'

/** Made in other stacks, and used here. */
export interface RecyclerStackContext {
  readonly table: ICircuitTable
  /** Gets an event of how each recycle ended. */
  readonly bus: IEventBus
}

/** Brings rotated secrets to the ECS services that read them. */
export class RecyclerStack extends Stack {
  readonly recycler: SecretRotationRecycler

  constructor(
    scope: Construct,
    id: string,
    settings: Settings,
    { table, bus }: RecyclerStackContext,
    props?: StackProps,
  ) {
    super(scope, id, props)
    const { recycleClusters, recycleDryRun, removalPolicy } = settings
    this.recycler = new SecretRotationRecycler(this, 'Recycler', {
      table,
      bus,
      dryRun: recycleDryRun,
      removalPolicy,
      ...(recycleClusters && { clusters: recycleClusters }),
    })
  }
}
