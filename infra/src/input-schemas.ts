import { type JsonSchema, JsonSchemaType } from 'aws-cdk-lib/aws-apigateway'

const { ARRAY, BOOLEAN, INTEGER, OBJECT, STRING } = JsonSchemaType

/**
 * What an order must look like to be fulfilled: what the workflow itself checks, so that a caller who waits for nothing
 * hears of it at once, and an id that may name an execution.
 */
export const orderSchema: JsonSchema = {
  type: OBJECT,
  required: ['order'],
  properties: {
    order: {
      type: OBJECT,
      required: ['orderId', 'items'],
      properties: {
        orderId: { type: STRING, pattern: '^[A-Za-z0-9_-]{1,80}$' },
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
 * What a recycle is started with by hand. Nothing else is taken: a misspelt `dryRun` must not recycle anything.
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
