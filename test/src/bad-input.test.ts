import * as circuit from '@breakwater/circuit'
import * as shared from '@breakwater/circuit/shared'
import * as testing from '@breakwater/circuit/testing'
import * as dynamodb from '@breakwater/dynamodb'
import * as connection from '@breakwater/dynamodb/connection'
import * as guards from '@breakwater/guards'
import * as cockatiel from '@breakwater/guards/cockatiel'
import * as middy from '@breakwater/middy'
import * as powertools from '@breakwater/powertools'
import * as workflows from '@breakwater/workflows'
import * as client from '@breakwater/workflows/client'
import { describe, expect, it } from 'vitest'

const packages = [
  circuit,
  shared,
  testing,
  dynamodb,
  connection,
  guards,
  cockatiel,
  middy,
  powertools,
  workflows,
  client,
]

const a = () => new circuit.Circuit('a')
const sfn = () => new client.WorkflowClient()
const machine = 'arn:aws:states:eu-west-1:123456789012:stateMachine:m'
const execution = 'arn:aws:states:eu-west-1:123456789012:execution:m:x'
const definition = { StartAt: 'Done', States: { Done: { Type: 'Succeed' } } }
const awsClient = () => {
  const middlewareStack = { add: () => {}, clone: () => middlewareStack }
  return { middlewareStack, send: async () => ({}), config: {} }
}
const works = async () => 1

// biome-ignore lint/suspicious/noExplicitAny: that is what is tried here
type Give = (bad: any) => unknown

/** Everything that takes an object, a function or a list from a user: what it is called in errors, and how a bad one is given to it. */
const given: Readonly<Record<string, readonly [owner: string, give: Give]>> = {
  Circuit: ['Circuit', bad => new circuit.Circuit('a', bad)],
  'Circuit.run': ['Circuit', bad => a().run(works, bad)],
  'Circuit.acquire': ['Circuit', bad => a().acquire(bad)],
  'Circuit.resume': ['Circuit', bad => a().resume(bad)],
  'Circuit.forceOpen': ['Circuit', bad => a().forceOpen(bad)],
  'Circuit.release': ['Circuit', bad => a().release(bad)],
  'Circuit.on': ['Circuit', bad => a().on(bad)],
  Circuits: ['Circuits', bad => new circuit.Circuits(bad)],
  'Circuits.on': ['Circuits', bad => new circuit.Circuits().on(bad)],
  resolvePolicy: ['resolvePolicy', bad => circuit.resolvePolicy(bad)],
  observeAll: ['observeAll', bad => circuit.observeAll(bad)],
  checkOptions: ['mine', bad => shared.checkOptions('mine', bad, {})],
  FaultyStore: ['FaultyStore', bad => new testing.FaultyStore(bad, circuit.systemClock)],
  'FaultyStore: clock': ['FaultyStore', bad => new testing.FaultyStore(new shared.MemoryStore(), bad)],
  DynamoDbStore: ['DynamoDbStore', bad => new dynamodb.DynamoDbStore(bad)],
  circuitFromEnvironment: ['circuitFromEnvironment', bad => dynamodb.circuitFromEnvironment('a', bad)],
  circuitsFromEnvironment: ['circuitsFromEnvironment', bad => dynamodb.circuitsFromEnvironment(bad)],
  createCircuitTable: ['createCircuitTable', bad => dynamodb.createCircuitTable(bad, 'circuits')],
  'createCircuitTable: options': [
    'createCircuitTable',
    bad => dynamodb.createCircuitTable(awsClient() as never, 'circuits', bad),
  ],
  connect: ['connect', bad => connection.connect(bad)],
  circuitBreaker: ['circuitBreaker', bad => middy.circuitBreaker(bad)],
  circuitBreakerValidateOptions: ['circuitBreaker', bad => middy.circuitBreakerValidateOptions(bad)],
  guardRecords: ['guardRecords', bad => middy.guardRecords(bad, { Records: [] }, works)],
  'guardRecords: event': ['guardRecords', bad => middy.guardRecords(a(), bad, works)],
  'guardRecords: handle': ['guardRecords', bad => middy.guardRecords(a(), { Records: [] }, bad)],
  'guardRecords: options': ['guardRecords', bad => middy.guardRecords(a(), { Records: [] }, works, bad)],
  guardFetch: ['guardFetch', bad => guards.guardFetch(bad)],
  'guardFetch: options': ['guardFetch', bad => guards.guardFetch(a(), bad)],
  guardClient: ['guardClient', bad => guards.guardClient(bad, a())],
  'guardClient: circuits': ['guardClient', bad => guards.guardClient(awsClient() as never, bad)],
  'guardClient: options': ['guardClient', bad => guards.guardClient(awsClient() as never, a(), bad)],
  retry: ['retry', bad => guards.retry(bad)],
  throttle: ['throttle', bad => guards.throttle(bad)],
  withDeadline: ['withDeadline', bad => guards.withDeadline(bad)],
  'withDeadline: options': ['withDeadline', bad => guards.withDeadline(works, bad)],
  runWithDeadline: ['runWithDeadline', bad => guards.runWithDeadline(Date.now(), bad)],
  asPolicy: ['asPolicy', bad => cockatiel.asPolicy(bad)],
  'asPolicy: options': ['asPolicy', bad => cockatiel.asPolicy(a(), bad)],
  fromPolicy: ['fromPolicy', bad => cockatiel.fromPolicy(bad)],
  circuitLogger: ['circuitLogger', bad => powertools.circuitLogger(bad)],
  circuitMetrics: ['circuitMetrics', bad => powertools.circuitMetrics(bad)],
  'circuitMetrics: options': [
    'circuitMetrics',
    bad => powertools.circuitMetrics({ singleMetric: () => ({}) as never }, bad),
  ],
  guardedCall: ['guardedCall', bad => workflows.guardedCall(bad)],
  guardedTask: ['guardedTask', bad => workflows.guardedTask(bad)],
  checkDefinition: ['checkDefinition', bad => workflows.checkDefinition(bad)],
  'checkDefinition: options': ['checkDefinition', bad => workflows.checkDefinition(definition as never, bad)],
  WorkflowClient: ['WorkflowClient', bad => new client.WorkflowClient(bad)],
  'WorkflowClient.run': ['WorkflowClient.run', bad => sfn().run(machine, {}, bad)],
  'WorkflowClient.start': ['WorkflowClient.start', bad => sfn().start(machine, {}, bad)],
  'WorkflowClient.wait': ['WorkflowClient.wait', bad => sfn().wait(execution, bad)],
  'WorkflowClient.explain': ['WorkflowClient.explain', bad => sfn().explain(execution, bad)],
}

/** What takes none of them: values of JSON, texts, numbers, or errors and results of calls, which may be anything. */
const takesNone = [
  ...[
    'CallTimeoutError',
    'CircuitOpenError',
    'RecordNotStartedError',
    'StoreError',
    'WorkflowError',
    'WorkflowTimeoutError',
  ],
  ...[
    'isCallTimeoutError',
    'isCircuitOpenError',
    'isRejection',
    'isRecordNotStartedError',
    'isStoreError',
    'isWorkflowError',
    'isWorkflowTimeoutError',
  ],
  ...[
    'classify',
    'classifyAws',
    'classifyFetch',
    'classifyGrpc',
    'classifyPolicy',
    'isConditionFailed',
    'isHealthy',
    'isWorthRetrying',
  ],
  ...['currentDeadline', 'parseRetryAfter', 'settle', 'MemoryStore', 'SharedStore', 'VirtualClock'],
  ...['guardedStateNames', 'guardVariable', 'escapingReplacer'],
]

/** Parts for those who write stores, guards and checks of their own: they trust their caller. */
const parts = [
  ...[
    'CallWindow',
    'checkNumber',
    'checkText',
    'booleanOf',
    'maxSuspicionMs',
    'nextRevision',
    'escapeControls',
    'unknownOption',
    'checkValue',
    'deadlineOf',
    'discard',
    'failUntilOpen',
    'invalid',
    'listOf',
  ],
  ...['numberBetween', 'objectWith', 'oneOf', 'outcomeOf', 'pause', 'required', 'retryAfterOf', 'textLike'],
  ...['readable', 'transition', 'waitAtMost', 'wholeNumber'],
]

const bad = [null, 5, 'text', true, []]

describe('a bad argument gets an error that names who got it, what it got and what is allowed', () => {
  it.each(Object.entries(given))('%s', async (_, [owner, give]) => {
    for (const value of bad) {
      // An error that was thrown at once, or by a promise.
      const error = await Promise.resolve()
        .then(() => give(value))
        .then(
          () => `accepted ${JSON.stringify(value)}`,
          (error: unknown) => error,
        )
      expect(error).toBeInstanceOf(TypeError)
      expect(String(error)).toMatch(new RegExp(`^TypeError: ${owner}(\\.\\w+)?: .+: got .+; allowed is .+`))
    }
  })

  it('is tried with every function and class that is published', () => {
    const published = packages.flatMap(exports =>
      Object.entries(exports).flatMap(([name, value]) => (typeof value === 'function' ? [name] : [])),
    )
    const tried = Object.keys(given).map(name => name.split(/[.:]/)[0]!)
    expect(new Set([...tried, ...takesNone, ...parts])).toEqual(new Set(published))
  })
})
