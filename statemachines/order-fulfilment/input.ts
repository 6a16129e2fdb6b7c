import type { ChoiceRule, ChoiceState } from '@breakwater/workflows'

const order = '$states.input.order'
const maxItems = 100

/** Safe for a value of any type: JSONata may evaluate both sides of an `and`. */
const isText = (value: string) => `($type(${value}) = 'string' ? $length(${value}) > 0 : false)`
const isNumber = (value: string) =>
  `($type(${value}) = 'number' ? (${value} >= 1 and $floor(${value}) = ${value}) : false)`
const isItem = `($type($item) = 'object' ? (${isText('$item.sku')} and ${isNumber('$item.quantity')}) : false)`

const checks = {
  order: { allowed: 'an object', good: `$type(${order}) = 'object'` },
  'order.orderId': { allowed: 'a text', good: isText(`${order}.orderId`) },
  'order.items': {
    allowed: `a list of 1 to ${maxItems} items, each with a sku and a quantity, a whole number from 1 on`,
    good:
      `($type(${order}.items) = 'array' ? ($count(${order}.items) >= 1 and $count(${order}.items) <= ${maxItems} and ` +
      `$count($filter(${order}.items, function($item) {${isItem}})) = $count(${order}.items)) : false)`,
  },
}

/** Leaves the first fault of an order, `{ field, message }`, in `$problem`. */
export function checkOrder(bad: string, good: string): ChoiceState {
  const rules = Object.entries(checks).map(
    ([field, check]): ChoiceRule => ({
      Condition: `{% $not(${check.good}) %}`,
      Assign: { problem: { field, message: `${field}: allowed is ${check.allowed}` } },
      Next: bad,
    }),
  )
  return { Type: 'Choice', Choices: rules, Default: good }
}
