import { CircuitTable } from '@breakwater/constructs'
import { Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import type { Settings } from './settings.ts'

/** The circuit table, in a separate stack: data outlives the deployments of code. */
export class TableStack extends Stack {
  readonly table: CircuitTable

  constructor(scope: Construct, id: string, { removalPolicy }: Settings, props?: StackProps) {
    super(scope, id, props)
    this.table = new CircuitTable(this, 'Circuits', { removalPolicy })
  }
}
