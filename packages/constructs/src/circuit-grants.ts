import { type Check, checkValue, circuitName, listOf } from '@breakwater/circuit/shared'
import { partitions, type TableRole, tablePermissions } from '@breakwater/dynamodb/schema'
import { type IResource, Token } from 'aws-cdk-lib'
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'

/** A circuit table, made in this app or imported. */
export interface ICircuitTable extends IResource {
  /** ARN of the table. */
  readonly tableArn: string
  /** Name of the table, for `DynamoDbStore`. */
  readonly tableName: string
  /** ARN of the stream of transitions; undefined for an imported table without one. */
  readonly tableStreamArn?: string | undefined
  /** The customer's key that encrypts the table, if there is one. */
  readonly encryptionKey?: IKey | undefined
  /** Allows a function to share circuits, all of them or those named: it reads overrides, and sets none. */
  grantGuard(grantee: IGrantable, circuits?: readonly string[]): Grant
  /** Allows a workflow to read circuits, as the states of a guarded task do. */
  grantRead(grantee: IGrantable, circuits?: readonly string[]): Grant
  /** Allows an operator to set and release overrides of circuits, and to read who did. */
  grantOperate(grantee: IGrantable, circuits?: readonly string[]): Grant
  /** Allows a recycler to keep its records in the table. */
  grantRecycle(grantee: IGrantable): Grant
}

/**
 * Allows a grantee what its role needs on a circuit table, and no more.
 *
 * @param circuits names; `*` and `?` are wildcards, as in `tenant:*`. Absent for all circuits.
 * @throws TypeError for an empty list or a bad name.
 */
export function grantTable(
  table: ICircuitTable,
  grantee: IGrantable,
  role: TableRole,
  circuits: readonly string[] | undefined,
): Grant {
  const isReader = role === 'read'
  const key = table.encryptionKey
  if (isReader) key?.grantDecrypt(grantee)
  else key?.grantEncryptDecrypt(grantee)
  const [first, ...others] = tableStatements(table, role, circuits).map(statement =>
    Grant.addToPrincipal({ grantee, ...statement }),
  )
  return others.reduce((all, one) => all.combine(one), first!)
}

/** A statement of a policy on the table. */
export interface TableStatement {
  readonly actions: string[]
  readonly resourceArns: string[]
  readonly conditions: Record<string, Record<string, string[]>>
}

/**
 * The statements that allow what a role needs on a table. `dynamodb:LeadingKeys` are the partition keys of a request, so
 * that they confine it to some circuits and, by their prefixes, to what the role is for.
 *
 * @throws TypeError for an empty list or a bad name.
 */
export function tableStatements(
  table: ICircuitTable,
  role: TableRole,
  circuits: readonly string[] | undefined,
): TableStatement[] {
  checkValue(`CircuitTable.${methodOf[role]}`, 'circuits', circuits, circuitNames)
  const names = circuits ?? ['*']
  const operator = names.some(name => /[*?]/.test(name)) ? 'StringLike' : 'StringEquals'
  return tablePermissions[role].map(({ actions, partitions: kinds }) => ({
    actions: [...actions],
    resourceArns: [table.tableArn],
    conditions: {
      [`ForAllValues:${operator}`]: {
        'dynamodb:LeadingKeys': kinds.flatMap(kind => names.map(name => partitions[kind] + name)),
      },
    },
  }))
}

const methodOf = {
  guard: 'grantGuard',
  read: 'grantRead',
  operate: 'grantOperate',
  recycle: 'grantRecycle',
} as const

const aPattern: Check = {
  allowed: `the name of a circuit, ${circuitName.allowed} and without "\${", where * and ? are wildcards`,
  good: name => {
    if (Token.isUnresolved(name)) return true
    // IAM reads ${…} as a policy variable, which would match another circuit, or none.
    return circuitName.good(name) && !(name as string).includes('${')
  },
}

/** Names of circuits for a policy; `*` and `?` are wildcards. */
export const circuitNames = listOf(aPattern, 'names of circuits', 1)
