import {
  acknowledge,
  CircuitGate,
  GuardedCallWorkflow,
  GuardedWorkflow,
  type ICircuitTable,
  nodeFunction,
  WorkflowApi,
} from '@breakwater/constructs'
import { compensationError, orderFulfilment } from '@breakwater/statemachines/order-fulfilment'
import { recycleFailedError } from '@breakwater/statemachines/recycle-services'
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import { AccountPrincipal, Role } from 'aws-cdk-lib/aws-iam'
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import { chargeSchema, orderSchema, recycleSchema } from './input-schemas.ts'
import type { Settings } from './settings.ts'

/** What may be wrong with an order: for its caller to know. */
const stepErrors = ['InvalidRequest', 'OutOfStock', 'PaymentDeclined', 'PaymentRefused', 'Undeliverable']

/** Resources of other stacks that the workflows use. */
export interface WorkflowsStackContext {
  readonly table: ICircuitTable
  /** The workflow that recycles services. */
  readonly recycler: IStateMachine
}

/** The workflows about orders, the functions they call, the API that starts all workflows, and who may call it. */
export class WorkflowsStack extends Stack {
  readonly api: WorkflowApi

  constructor(
    scope: Construct,
    id: string,
    settings: Settings,
    { table, recycler }: WorkflowsStackContext,
    props?: StackProps,
  ) {
    super(scope, id, props)
    const { removalPolicy, paymentUrl } = settings
    const gate = new CircuitGate(this, 'Gate', {
      table,
      circuits: ['payments'],
      // A provider that answers with one of these errors works: they are no failures.
      ignoredErrors: ['PaymentDeclined', 'PaymentRefused', 'InvalidRequest'],
      removalPolicy,
    })
    const fulfilment = nodeFunction(this, 'FulfilmentTasks', {
      entry: new URL(import.meta.resolve('@breakwater/fulfilment')),
      description: 'Does the steps of an order: reserve, charge, ship, and back',
      // Without a provider it simulates one, so that the workflow can be tried at once.
      environment: paymentUrl === undefined ? {} : { PAYMENT_URL: paymentUrl },
      removalPolicy,
    })
    const synchronous = 'Workflows wait for the answer: nothing is invoked asynchronously'
    acknowledge(fulfilment, {
      'Serverless-LambdaDLQ': synchronous,
      'Serverless-LambdaAsyncFailureDestination': synchronous,
    })
    const functions = [fulfilment]
    const call = new GuardedCallWorkflow(this, 'GuardedCall', {
      table,
      gate,
      targets: {
        charge: {
          function: fulfilment,
          circuit: 'payments',
          payload: chargeSchema,
          // Nothing else that the function does, and never under the key by which a workflow charges the same order.
          event:
            "{% {'step': 'charge', 'order': $states.input.payload.order, 'idempotencyKey': 'call-' & $states.input.payload.order.orderId} %}",
        },
      },
      removalPolicy,
    })
    const orders = new GuardedWorkflow(this, 'OrderFulfilment', {
      definition: orderFulfilment({
        table: table.tableName,
        gate: gate.functionArn,
        fulfilment: fulfilment.functionArn,
        partition: this.partition,
      }),
      circuits: ['payments'],
      gate,
      functions,
      table,
      removalPolicy,
    })
    this.api = new WorkflowApi(this, 'Api', { restApiName: `${id}-api`, removalPolicy })
    // Any object: the workflow describes the faults of its input better than a schema does.
    this.api.addSync('workflows/guarded-call', { workflow: call.stateMachine, errors: stepErrors })
    this.api.addStart('workflows/orders', {
      workflow: orders.stateMachine,
      input: orderSchema,
      executionName: '$.order.orderId',
      errors: [...stepErrors, compensationError],
    })
    // Without a name: a recycle may be started several times, since it leaves fresh services alone.
    this.api.addStart('workflows/recycle-services', {
      workflow: recycler,
      input: recycleSchema,
      errors: [recycleFailedError],
      // Operators read the reports of all recycles: a rotation starts them as well.
      executions: 'ALL',
      rateLimit: 2,
      burstLimit: 10,
    })
    this.#addCaller('Shop', 'places orders', ['workflows/guarded-call', 'workflows/orders'])
    this.#addCaller('RecycleOperator', 'recycles services', ['workflows/recycle-services'])
  }

  /** A role for some routes, which whoever in the account has the permission may take on. */
  #addCaller(id: string, does: string, paths: readonly string[]): void {
    const description = `The role that ${does} by the workflows API`
    const role = new Role(this, id, { description, assumedBy: new AccountPrincipal(this.account) })
    for (const path of paths) this.api.grantInvoke(role, path)
    new CfnOutput(this, `${id}Role`, { description, value: role.roleArn })
  }
}
