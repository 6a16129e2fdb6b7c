import {
  acknowledge,
  addGatewayResponses,
  CircuitBreakers,
  type ICircuitTable,
  nodeFunction,
  stagedRestApi,
} from '@breakwater/constructs'
import { Stack, type StackProps } from 'aws-cdk-lib'
import { type IRestApi, LambdaIntegration, RequestValidator, type RestApi } from 'aws-cdk-lib/aws-apigateway'
import type { Construct } from 'constructs'
import { shopOrderSchema } from './input-schemas.ts'
import type { Settings } from './settings.ts'

/** A host reserved for examples: every charge fails, the circuit opens, and orders are accepted as pending. */
const placeholderPaymentUrl = 'https://payments.example.com/charges'

/** The shop front: a function behind a REST API, whose payment calls go through the circuit `payments`. */
export class OrdersStack extends Stack {
  readonly api: RestApi

  constructor(scope: Construct, id: string, settings: Settings, table: ICircuitTable, props?: StackProps) {
    super(scope, id, props)
    const { removalPolicy, paymentUrl = placeholderPaymentUrl } = settings
    const orders = nodeFunction(this, 'Orders', {
      entry: new URL(import.meta.resolve('@breakwater/orders')),
      description: 'Takes orders and charges them through a circuit',
      environment: { PAYMENT_URL: paymentUrl },
      removalPolicy,
    })
    new CircuitBreakers(this, 'Breakers', { table, functions: [orders], circuits: ['payments'] })
    this.api = stagedRestApi(
      this,
      'Api',
      { removalPolicy },
      { restApiName: `${id}-api`, description: 'Takes orders' },
    )
    addGatewayResponses(this.api)
    // The permission for the console's test button would allow every stage to call.
    const integration = new LambdaIntegration(orders, { allowTestInvoke: false })
    const model = this.api.addModel('Order', { schema: shopOrderSchema, contentType: 'application/json' })
    this.api.root.addResource('orders').addMethod('POST', integration, {
      requestValidator: new RequestValidator(this, 'Validator', {
        // RestApi is an IRestApi but for exactOptionalPropertyTypes.
        restApi: this.api as IRestApi,
        validateRequestBody: true,
        validateRequestParameters: true,
      }),
      // Whatever type of content it says to be.
      requestModels: { 'application/json': model, $default: model },
    })
    this.api.root.addResource('health').addMethod('GET', integration)
    const front = 'A shop front: its customers have no identity here. Add an authorizer where yours have one'
    acknowledge(this.api, {
      'AwsSolutions-APIG4': front,
      'AwsSolutions-COG4': front,
    })
    const synchronous = 'API Gateway waits for the answer: nothing is invoked asynchronously'
    acknowledge(orders, {
      'Serverless-LambdaDLQ': synchronous,
      'Serverless-LambdaAsyncFailureDestination': synchronous,
    })
  }
}
