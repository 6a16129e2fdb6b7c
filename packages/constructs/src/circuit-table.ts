import { type Checks, checkOptions, invalid, oneOf, textLike } from '@breakwater/circuit/shared'
import { tableKeys } from '@breakwater/dynamodb/schema'
import { ArnFormat, RemovalPolicy, Resource, Stack } from 'aws-cdk-lib'
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import { AttributeType, BillingMode, StreamViewType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb'
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { Construct } from 'constructs'
import { aKey, aRemovalPolicy, aText, orToken } from './checks.ts'
import { grantTable, type ICircuitTable } from './circuit-grants.ts'

/** Properties of a {@link CircuitTable}. */
export interface CircuitTableProps {
  /** Name of the table. @default a generated name, which allows a replacement */
  readonly tableName?: string
  /** Owner of the key that encrypts the table. @default AWS_MANAGED, or CUSTOMER_MANAGED where `encryptionKey` is given */
  readonly encryption?: TableEncryption
  /** The customer's own key. @default none; CUSTOMER_MANAGED without a key makes one */
  readonly encryptionKey?: IKey
  /** What happens to the table when it leaves its stack. @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy
}

const aTableName = orToken(
  textLike(/^[\w.-]{3,255}$/, 'the name of a table, of 3 to 255 letters, digits, _, - and .'),
)
const checks: Checks<CircuitTableProps> = {
  tableName: aTableName,
  encryption: oneOf(...Object.values(TableEncryption)),
  encryptionKey: aKey,
  removalPolicy: aRemovalPolicy,
}

/**
 * The one table that all circuits are shared through: on demand, with point-in-time recovery, encrypted, retained when
 * its stack is deleted, and with a stream of every transition.
 *
 * @throws TypeError for a bad property.
 * @example
 * const table = new CircuitTable(this, 'Circuits')
 * table.grantGuard(handler, ['payments'])
 */
export class CircuitTable extends Resource implements ICircuitTable {
  /**
   * Imports a table by its name, in the account and Region of the stack.
   *
   * @example
   * const table = CircuitTable.fromTableName(this, 'Circuits', 'circuits')
   */
  static fromTableName(scope: Construct, id: string, tableName: string): ICircuitTable {
    return CircuitTable.fromCircuitTableAttributes(scope, id, { tableName })
  }

  /**
   * Imports a table by its ARN or its name.
   *
   * @throws TypeError where neither is given.
   * @example
   * const table = CircuitTable.fromCircuitTableAttributes(this, 'Circuits', { tableArn })
   */
  static fromCircuitTableAttributes(
    scope: Construct,
    id: string,
    attributes: CircuitTableAttributes,
  ): ICircuitTable {
    return new ImportedCircuitTable(scope, id, attributes)
  }

  readonly tableArn: string
  readonly tableName: string
  readonly tableStreamArn: string
  readonly encryptionKey?: IKey | undefined
  /** The table as aws-cdk-lib knows it. */
  readonly table: Table

  constructor(scope: Construct, id: string, props: CircuitTableProps = {}) {
    super(scope, id)
    checkOptions('CircuitTable', props, checks)
    const { tableName, encryptionKey, removalPolicy = RemovalPolicy.RETAIN } = props
    const encryption =
      props.encryption ?? (encryptionKey ? TableEncryption.CUSTOMER_MANAGED : TableEncryption.AWS_MANAGED)
    this.table = new Table(this, 'Table', {
      partitionKey: { name: tableKeys.partition, type: AttributeType.STRING },
      sortKey: { name: tableKeys.sort, type: AttributeType.STRING },
      timeToLiveAttribute: tableKeys.timeToLive,
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      encryption,
      removalPolicy,
      ...(encryptionKey && { encryptionKey }),
      ...(tableName !== undefined && { tableName }),
    })
    this.tableArn = this.table.tableArn
    this.tableName = this.table.tableName
    this.tableStreamArn = this.table.tableStreamArn as string
    this.encryptionKey = this.table.encryptionKey
  }

  /**
   * Allows a function to share circuits through this table. It reads overrides, and can set none: see {@link grantOperate}.
   *
   * @param circuits names, where `*` and `?` are wildcards (`tenant:*`). Default: every circuit in the table.
   * @throws TypeError for an empty list or a bad name.
   * @example
   * table.grantGuard(handler, ['payments'])
   */
  grantGuard(grantee: IGrantable, circuits?: readonly string[]): Grant {
    return grantTable(this, grantee, 'guard', circuits)
  }

  /**
   * Allows a workflow to read circuits, as the states of a guarded task do.
   *
   * @param circuits as in {@link grantGuard}.
   * @throws TypeError for an empty list or a bad name.
   * @example
   * table.grantRead(stateMachine, ['payments'])
   */
  grantRead(grantee: IGrantable, circuits?: readonly string[]): Grant {
    return grantTable(this, grantee, 'read', circuits)
  }

  /**
   * Allows an operator, or what acts for one, to set and release overrides and to read who did. It takes no part in the
   * counting: a function that also guards calls needs {@link grantGuard} too.
   *
   * @param circuits as in {@link grantGuard}.
   * @throws TypeError for an empty list or a bad name.
   * @example
   * table.grantOperate(operators, ['payments'])
   */
  grantOperate(grantee: IGrantable, circuits?: readonly string[]): Grant {
    return grantTable(this, grantee, 'operate', circuits)
  }

  /**
   * Allows a recycler to keep its records in this table, apart from all circuits. `SecretRotationRecycler` does so by
   * itself.
   *
   * @example
   * table.grantRecycle(planner)
   */
  grantRecycle(grantee: IGrantable): Grant {
    return grantTable(this, grantee, 'recycle', undefined)
  }

  /** Read units consumed: about one per environment and refresh interval while there is traffic. */
  metricConsumedReadCapacityUnits(options?: MetricOptions): Metric {
    return this.table.metricConsumedReadCapacityUnits(options)
  }

  /** Write units consumed: none while nothing fails. */
  metricConsumedWriteCapacityUnits(options?: MetricOptions): Metric {
    return this.table.metricConsumedWriteCapacityUnits(options)
  }

  /** Conditional writes that failed: several environments tried the same transition, and another one was first. */
  metricConditionalCheckFailedRequests(options?: MetricOptions): Metric {
    return this.table.metricConditionalCheckFailedRequests(options)
  }

  /** Reads that the table throttled. Circuits fail open meanwhile: worth an alarm. */
  metricReadThrottleEvents(options?: MetricOptions): Metric {
    return this.table.metric('ReadThrottleEvents', { statistic: 'Sum', ...options })
  }

  /** Writes that the table throttled. Outcomes are reported later, or lost: worth an alarm. */
  metricWriteThrottleEvents(options?: MetricOptions): Metric {
    return this.table.metric('WriteThrottleEvents', { statistic: 'Sum', ...options })
  }
}

/** Attributes of an imported circuit table. Either its ARN or its name is required. */
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

const attributeChecks: Checks<CircuitTableAttributes> = {
  tableArn: orToken(textLike(/^arn:[^:]+:dynamodb:[^:]*:[^:]*:table\/[^/]+$/, 'the ARN of a table')),
  tableName: aTableName,
  tableStreamArn: aText,
  encryptionKey: aKey,
}

/** An imported circuit table. */
class ImportedCircuitTable extends Resource implements ICircuitTable {
  readonly tableArn: string
  readonly tableName: string
  readonly tableStreamArn: string | undefined
  readonly encryptionKey: IKey | undefined

  constructor(scope: Construct, id: string, attributes: CircuitTableAttributes) {
    super(scope, id)
    const owner = 'CircuitTable.fromCircuitTableAttributes'
    const { tableArn, tableName } = checkOptions(owner, attributes, attributeChecks)
    const stack = Stack.of(scope)
    if (tableArn !== undefined) {
      this.tableArn = tableArn
      this.tableName = tableName ?? stack.splitArn(tableArn, ArnFormat.SLASH_RESOURCE_NAME).resourceName!
    } else if (tableName !== undefined) {
      this.tableArn = stack.formatArn({ service: 'dynamodb', resource: 'table', resourceName: tableName })
      this.tableName = tableName
    } else throw invalid(`${owner}: tableArn`, tableArn, 'the ARN of a table, or nothing beside a tableName')
    this.tableStreamArn = attributes.tableStreamArn
    this.encryptionKey = attributes.encryptionKey
  }

  grantGuard(grantee: IGrantable, circuits?: readonly string[]): Grant {
    return grantTable(this, grantee, 'guard', circuits)
  }

  grantRead(grantee: IGrantable, circuits?: readonly string[]): Grant {
    return grantTable(this, grantee, 'read', circuits)
  }

  grantOperate(grantee: IGrantable, circuits?: readonly string[]): Grant {
    return grantTable(this, grantee, 'operate', circuits)
  }

  grantRecycle(grantee: IGrantable): Grant {
    return grantTable(this, grantee, 'recycle', undefined)
  }
}
