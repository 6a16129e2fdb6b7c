import type { FunctionTargetProps } from '@breakwater/constructs'
import { type JsonSchema, JsonSchemaType } from 'aws-cdk-lib/aws-apigateway'

const { ARRAY, BOOLEAN, INTEGER, OBJECT, STRING } = JsonSchemaType

const id: JsonSchema = { type: STRING, pattern: '^[A-Za-z0-9_-]{1,64}$' }

/**
 * The schema of an order at the shop front, the same as the orders function checks: what does not match costs no
 * invocation.
 */
export const shopOrderSchema: JsonSchema = {
  type: OBJECT,
  required: ['orderId', 'amount', 'currency'],
  additionalProperties: false,
  properties: {
    orderId: id,
    customerId: id,
    amount: { type: INTEGER, minimum: 1, maximum: 99_999_999, description: 'In cents' },
    currency: { type: STRING, pattern: '^[A-Z]{3}$' },
    items: {
      type: ARRAY,
      minItems: 1,
      maxItems: 100,
      items: {
        type: OBJECT,
        required: ['sku', 'quantity'],
        additionalProperties: false,
        properties: { sku: id, quantity: { type: INTEGER, minimum: 1, maximum: 10_000 } },
      },
    },
  },
}

/**
 * The schema of an order. The workflow checks the same, but its caller does not wait for the outcome: by the schema the
 * API refuses a bad order at once. The id must fit the name of an execution, behind the id of its owner.
 */
export const orderSchema: JsonSchema = {
  type: OBJECT,
  required: ['order'],
  properties: {
    order: {
      type: OBJECT,
      required: ['orderId', 'items'],
      properties: {
        orderId: { type: STRING, pattern: '^[A-Za-z0-9_-]{1,50}$' },
        items: {
          type: ARRAY,
          minItems: 1,
          maxItems: 100,
          items: {
            type: OBJECT,
            required: ['sku', 'quantity'],
            properties: { sku: { type: STRING, minLength: 1 }, quantity: { type: INTEGER, minimum: 1 } },
          },
        },
      },
    },
  },
}

/**
 * The schema of a recycle that is started by hand. Other fields are refused: a misspelt `dryRun` must not recycle.
 */
export const recycleSchema: JsonSchema = {
  type: OBJECT,
  required: ['secretId'],
  additionalProperties: false,
  properties: {
    secretId: {
      type: STRING,
      minLength: 1,
      maxLength: 2_048,
      description: 'ARN or name of a secret; a parameter by its ARN, or as ssm:NAME',
    },
    label: {
      type: STRING,
      minLength: 1,
      maxLength: 256,
      description: 'Which label moved. Default: AWSCURRENT, and LATEST for parameters',
    },
    dryRun: { type: BOOLEAN, description: "Plan only. Default: the installation's setting" },
  },
}

/** The schema of a charge that a caller of guarded-call asks for. */
export const chargeSchema: NonNullable<FunctionTargetProps['payload']> = {
  type: 'object',
  required: ['order'],
  additionalProperties: false,
  properties: {
    order: {
      type: 'object',
      required: ['orderId', 'amount', 'currency'],
      additionalProperties: false,
      properties: {
        orderId: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
        amount: { type: 'integer', minimum: 1, maximum: 99_999_999 },
        currency: { type: 'string', pattern: '^[A-Z]{3}$' },
      },
    },
  },
}
