/**
 * The workflow "order fulfilment": reserves stock, charges through a circuit, ships, and undoes the steps in reverse
 * order where one of them fails.
 *
 * @module
 */
import type { Policy } from '@breakwater/circuit'
import {
  anObject,
  type Checks,
  checkOptions,
  required,
  textLike,
  wholeNumber,
} from '@breakwater/circuit/shared'
import {
  badInputError,
  type GuardedTask,
  type GuardedTaskOptions,
  guardedTask,
  type StateMachineDefinition,
} from '@breakwater/workflows'
import { chargeName, chargeWork, giveUp, waitAgain, waitForCircuit } from './charge.ts'
import { compensation } from './compensation.ts'
import { checkOrder } from './input.ts'
import { checkReserved, reserveStock } from './reserve.ts'
import { checkShipped, shipAndNotify } from './ship.ts'
import { failureOf, type Steps } from './steps.ts'

export { compensationError } from './compensation.ts'

/** Options of {@link orderFulfilment}. */
export interface OrderFulfilmentOptions {
  /** Name or ARN of the circuit table; may be a CDK token or a `${Placeholder}`. */
  readonly table: string
  /** ARN of the gate function; may be a CDK token or a `${Placeholder}`. */
  readonly gate: string
  /** ARN of the function that does the steps; may be a CDK token or a `${Placeholder}`. */
  readonly fulfilment: string
  /** Name of the circuit that payments are charged through. @default payments */
  readonly circuit?: string
  /** The circuit's policy, the same as the gate function has. @default the defaults of a Circuit */
  readonly policy?: Policy
  /** How often to wait for the circuit before the order is given up, 0 to 100. @default 8: at least four minutes */
  readonly maxWaits?: number
  /** AWS partition of the integrations. @default aws */
  readonly partition?: string
}

const text = textLike(/./, 'a text')
const checks: Checks<OrderFulfilmentOptions> = {
  table: required(text),
  gate: required(text),
  fulfilment: required(textLike(/./, 'the ARN of a function')),
  circuit: text,
  policy: anObject,
  maxWaits: wholeNumber(0, 100),
  partition: text,
}

/**
 * Makes the definition, for a STANDARD state machine. Its input is `{ order: { orderId, items: [{ sku, quantity }], … } }`,
 * its output `{ status: 'FULFILLED', orderId, receipt, shipment, notified }`.
 *
 * It fails with the error of the step that failed (Breakwater.CircuitOpen where payments did not come back in time)
 * once all steps are undone; with Breakwater.CompensationFailed where a step could not be undone, and names it; and with
 * Breakwater.BadInput. An execution has no time limit of its own, since that would end it without compensation: every
 * step and the number of waits are limited.
 *
 * @throws TypeError for a bad option, naming it, its value and what is allowed.
 * @example
 * const definition = orderFulfilment({ table: table.tableName, gate: gate.functionArn, fulfilment: tasks.functionArn })
 */
export function orderFulfilment(options: OrderFulfilmentOptions): StateMachineDefinition {
  const {
    fulfilment,
    maxWaits = 8,
    circuit = 'payments',
    partition = 'aws',
    ...guard
  } = checkOptions('orderFulfilment', options, checks)
  const steps: Steps = { fulfilment, partition }
  const charge = guardedCharge(steps, { ...guard, circuit, partition })
  return {
    QueryLanguage: 'JSONata',
    Comment: 'Reserves, charges and ships an order, or takes it all back',
    StartAt: 'Check order',
    States: {
      'Check order': checkOrder('Bad order', 'Accept order'),
      'Bad order': { Type: 'Fail', Error: badInputError, Cause: '{% $string($problem) %}' },
      'Accept order': {
        Type: 'Pass',
        Assign: {
          order: '{% $states.input.order %}',
          lines:
            "{% [$map($states.input.order.items, function($item, $index) {{'item': $item, 'index': $index}})] %}",
          waits: 0,
          failure: {},
          uncompensated: [],
        },
        Next: 'Reserve stock',
      },
      'Reserve stock': reserveStock(steps, 'Stock reserved?'),
      'Stock reserved?': checkReserved('Release stock', charge.startAt),
      ...charge.states,
      'Wait again?': waitAgain(maxWaits, 'Wait for payments', 'Give up'),
      'Wait for payments': waitForCircuit(charge.startAt),
      'Give up': giveUp('Release stock'),
      'Ship and notify': shipAndNotify(steps, 'Shipped?'),
      'Shipped?': checkShipped('Cancel shipment', 'Order fulfilled'),
      'Order fulfilled': {
        Type: 'Succeed',
        Output: {
          status: 'FULFILLED',
          orderId: '{% $order.orderId %}',
          receipt: '{% $receipt %}',
          shipment: '{% $states.input.shipment.result %}',
          notified: '{% $states.input.notification.ok %}',
        },
      },
      ...compensation(steps),
    },
  }
}

/** The charge through the circuit, with its ways on: wait, compensate, or ship. */
function guardedCharge(
  steps: Steps,
  guard: Pick<GuardedTaskOptions, 'table' | 'gate' | 'circuit' | 'partition' | 'policy'>,
): GuardedTask {
  return guardedTask({
    ...guard,
    name: chargeName,
    task: chargeWork(steps),
    fallback: 'Wait again?',
    catch: [
      // A declined payment was not made; after any other failure it may have been.
      { ErrorEquals: ['PaymentDeclined'], Assign: { failure: failureOf('charge') }, Next: 'Release stock' },
      { ErrorEquals: ['States.ALL'], Assign: { failure: failureOf('charge') }, Next: 'Refund payment' },
    ],
    next: 'Ship and notify',
  })
}
