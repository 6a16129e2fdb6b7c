import { type Check, checkValue, listOf } from '@breakwater/circuit/shared'
import { tableActions } from '@breakwater/dynamodb/schema'
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
  /** Allows a function to share circuits: all of them, or those named. */
  grantCircuits(grantee: IGrantable, circuits?: readonly string[]): Grant
  /** Allows a workflow to read circuits, as the states of a guarded task do. */
  grantReadCircuits(grantee: IGrantable, circuits?: readonly string[]): Grant
}

/** Allows a function to share circuits through a table, with the four actions that the store needs and no more. */
export function grantCircuits(
  table: ICircuitTable,
  grantee: IGrantable,
  circuits: readonly string[] | undefined,
): Grant {
  const conditions = circuitCondition(circuits, 'CircuitTable.grantCircuits')
  table.encryptionKey?.grantEncryptDecrypt(grantee)
  return grant(table, grantee, tableActions, conditions)
}

/** Allows a workflow to read circuits, as the states of a guarded task do. */
export function grantReadCircuits(
  table: ICircuitTable,
  grantee: IGrantable,
  circuits: readonly string[] | undefined,
): Grant {
  const conditions = circuitCondition(circuits, 'CircuitTable.grantReadCircuits')
  table.encryptionKey?.grantDecrypt(grantee)
  return grant(table, grantee, ['dynamodb:BatchGetItem'], conditions)
}

function grant(
  table: ICircuitTable,
  grantee: IGrantable,
  actions: readonly string[],
  conditions: ReturnType<typeof circuitCondition>,
): Grant {
  return Grant.addToPrincipal({
    grantee,
    actions: [...actions],
    resourceArns: [table.tableArn],
    ...(conditions && { conditions }),
  })
}

const circuitName: Check = {
  allowed: 'the name of a circuit, of 1 to 256 characters without "${", where * and ? are wildcards',
  good: name => {
    if (Token.isUnresolved(name)) return true
    // IAM reads ${…} as a policy variable, which would match another circuit, or none.
    return typeof name === 'string' && name !== '' && name.length <= 256 && !name.includes('${')
  },
}

/** Names of circuits for a policy; `*` and `?` are wildcards. */
export const circuitNames = listOf(circuitName, 'names of circuits', 1)

/**
 * The IAM condition that confines a grant on the circuit table to the items of some circuits: `dynamodb:LeadingKeys`
 * are the partition keys a request names, which are the circuits' names.
 *
 * @param circuits names; `*` and `?` are wildcards, as in `tenant:*`. Absent for all circuits.
 * @param owner the method or construct that the names were given to, for the error.
 * @throws TypeError for an empty list or a bad name.
 */
export function circuitCondition(
  circuits: readonly string[] | undefined,
  owner: string,
): Record<string, Record<string, string[]>> | undefined {
  checkValue(owner, 'circuits', circuits, circuitNames)
  if (circuits === undefined) return undefined
  const operator = circuits.some(name => /[*?]/.test(name)) ? 'StringLike' : 'StringEquals'
  return { [`ForAllValues:${operator}`]: { 'dynamodb:LeadingKeys': [...circuits] } }
}
