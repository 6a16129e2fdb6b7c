/** A function of the app below, in a file of its own. */
export const charge = `export const handler = async order => {
  if (order.amount > 1000) throw new Error('the provider is down')
  return { receipt: 'paid ' + order.amount }
}
`

const statements = `
const app = new App()
const stack = new Stack(app, 'Shop')
const table = new CircuitTable(stack, 'Circuits', { removalPolicy: RemovalPolicy.DESTROY })
const charge = nodeFunction(stack, 'Charge', {
  entry: pathToFileURL(join(process.cwd(), 'charge.mjs')),
  description: 'Charges an order',
})
new CircuitBreakers(stack, 'Breakers', { table, functions: [charge], circuits: ['payments'] })
const gate = new CircuitGate(stack, 'Gate', { table, circuits: ['payments', 'deliveries'] })
const call = {
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: charge.functionArn, Payload: '{% $states.input %}' },
  Output: '{% $states.result.Payload %}',
  TimeoutSeconds: 5,
}
const { startAt, states } = guardedTask({
  name: 'Charge',
  circuit: 'payments',
  table: table.tableName,
  gate: gate.functionArn,
  task: call,
  end: true,
})
const { stateMachine } = new GuardedWorkflow(stack, 'Payments', {
  definition: { QueryLanguage: 'JSONata', StartAt: startAt, States: states },
  type: StateMachineType.EXPRESS,
  table,
  gate,
  circuits: ['payments'],
  functions: [charge],
})
const delivery = new GuardedTask(stack, 'Delivery', {
  table,
  gate,
  circuit: 'deliveries',
  functions: [charge],
  task: call,
})
new StateMachine(stack, 'Deliveries', { definitionBody: DefinitionBody.fromChainable(delivery) })
const anyCall = new GuardedCallWorkflow(stack, 'GuardedCall', { table, gate, targets: { charge: { function: charge, circuit: 'payments' } } })
const api = new WorkflowApi(stack, 'Api', { auth: 'API_KEY' })
api.addSync('workflows/charge', { workflow: stateMachine })
api.addSync('workflows/guarded-call', { workflow: anyCall.stateMachine })
new SecretRotationRecycler(stack, 'Recycler', { table, clusters: ['shop'] })
app.synth()
`

const imports: Readonly<Record<string, string>> = {
  'node:path': 'join',
  'node:url': 'pathToFileURL',
  'aws-cdk-lib': 'App, RemovalPolicy, Stack',
  'aws-cdk-lib/aws-stepfunctions': 'DefinitionBody, StateMachine, StateMachineType',
  '@breakwater/constructs':
    'CircuitBreakers, CircuitGate, CircuitTable, GuardedCallWorkflow, GuardedTask, GuardedWorkflow, nodeFunction, SecretRotationRecycler, WorkflowApi',
  '@breakwater/workflows': 'guardedTask',
}

/** A CDK app with every construct. */
export const appAsModule =
  Object.entries(imports)
    .map(([from, names]) => `import { ${names} } from '${from}'\n`)
    .join('') + statements
export const appAsCommonJs =
  Object.entries(imports)
    .map(([from, names]) => `const { ${names} } = require('${from}')\n`)
    .join('') + statements

/** Runs what was synthesised, and has one order charged through the API. */
export const local = `import { readAssembly, startStack } from '@breakwater/emulator'
const stack = await startStack(readAssembly(process.argv[2]), { log: line => console.error(line) })
const [api] = [...stack.apis]
const response = await fetch(api.url + '/workflows/charge', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json', 'x-api-key': Object.values(api.apiKeys)[0] },
  body: JSON.stringify({ amount: 5 }),
})
console.log(JSON.stringify({ status: response.status, body: await response.json() }))
await stack.close()
`
