import { invalid } from '@breakwater/circuit/shared'
import { ArnFormat, Stack } from 'aws-cdk-lib'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { Construct } from 'constructs'
import { CircuitTableBase } from './circuit-table-base.ts'

/** How to find a circuit table that was made elsewhere: by its ARN or its name, of which one must be given. */
export interface CircuitTableAttributes {
  /** ARN of the table. @default that of the named table in the stack's account and Region */
  readonly tableArn?: string
  /** Name of the table. @default the last part of the ARN */
  readonly tableName?: string
  /** ARN of the table's stream. @default none is known */
  readonly tableStreamArn?: string
  /** The customer's key that encrypts the table; grants include its use. @default none */
  readonly encryptionKey?: IKey
}

/** A circuit table made elsewhere. */
export class ImportedCircuitTable extends CircuitTableBase {
  readonly tableArn: string
  readonly tableName: string
  readonly tableStreamArn: string | undefined
  readonly encryptionKey: IKey | undefined

  constructor(scope: Construct, id: string, attributes: CircuitTableAttributes) {
    super(scope, id)
    const { tableArn, tableName } = attributes
    const stack = Stack.of(scope)
    if (tableArn !== undefined) {
      this.tableArn = tableArn
      this.tableName = tableName ?? stack.splitArn(tableArn, ArnFormat.SLASH_RESOURCE_NAME).resourceName!
    } else if (tableName !== undefined) {
      this.tableArn = stack.formatArn({ service: 'dynamodb', resource: 'table', resourceName: tableName })
      this.tableName = tableName
    } else throw invalid('tableArn', tableArn, 'the ARN of a table, or nothing beside a tableName')
    this.tableStreamArn = attributes.tableStreamArn
    this.encryptionKey = attributes.encryptionKey
  }
}
