import { type JsonSchema, JsonSchemaType } from 'aws-cdk-lib/aws-apigateway'

const { BOOLEAN, OBJECT, STRING } = JsonSchemaType

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
