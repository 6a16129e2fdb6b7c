import {
  anObject,
  type Checks,
  checkOptions,
  checkValue,
  invalid,
  listOf,
  objectWith,
  oneOf,
  required,
  textLike,
  wholeNumber,
} from '@breakwater/circuit/shared'
import { ArnFormat, Stack } from 'aws-cdk-lib'
import {
  AuthorizationType,
  type IApiKey,
  type IRestApi,
  type JsonSchema,
  JsonSchemaType,
  type Method,
  type MethodOptions,
  Period,
  RequestValidator,
  type Resource,
  type RestApi,
} from 'aws-cdk-lib/aws-apigateway'
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import { Grant, type IGrantable, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { type IStateMachine, type StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { acknowledge, acknowledgeWildcard } from '../acknowledge.ts'
import { aText, orToken } from '../checks.ts'
import { methodResponses, type WorkflowCall, workflowIntegration } from './integration.ts'
import {
  addGatewayResponses,
  limitMethod,
  type StageOptions,
  stageChecks,
  stagedRestApi,
  type Throttle,
  throttleChecks,
  throttleOf,
} from './rest-api.ts'
import {
  describeAnswer,
  describeRequest,
  type Owner,
  startAnswer,
  startRequest,
  syncAnswer,
} from './templates.ts'

/** Properties of a {@link WorkflowApi}. */
export interface WorkflowApiProps extends StageOptions {
  /** Name of the API. @default the construct's id */
  readonly restApiName?: string
  /**
   * Who may call. `IAM`: identities that are allowed `execute-api:Invoke` on a method, by signed requests.
   * `API_KEY`: everybody with the key, every method; a key tells callers apart and limits them, but a secret that is sent
   * with each request is weaker than a signature.
   *
   * @default 'IAM'
   */
  readonly auth?: 'IAM' | 'API_KEY'
  /** The most requests of the API key in a period, with `auth` `API_KEY`; more get 429. @default 1_000_000 a DAY */
  readonly quota?: { readonly limit: number; readonly period: 'DAY' | 'WEEK' | 'MONTH' }
}

/** A workflow that requests start. */
export interface WorkflowRoute {
  /** The state machine. */
  readonly workflow: IStateMachine
  /** JSON schema of the body; other bodies get 400. @default any JSON object */
  readonly input?: JsonSchema
  /**
   * Names of the workflow's errors that callers may see, such as `PaymentDeclined`, with the cause where a state of the
   * workflow wrote it. Of all others they get a request id: causes hold stack traces, and messages that quote anything.
   * @default Breakwater.CircuitOpen and Breakwater.BadInput, which are always among them
   */
  readonly errors?: readonly string[]
  /** Max requests per second to each method of the route in the long run; more get 429. @default that of the API */
  readonly rateLimit?: number
  /** Max requests at once beyond that. @default that of the API */
  readonly burstLimit?: number
}

/** A STANDARD workflow, which goes on after the answer. */
export interface StartedWorkflowRoute extends WorkflowRoute {
  /**
   * JSONPath in the body to the name of the execution, such as `$.orderId`: an order that the same caller sends twice is
   * started once. `input` should allow only names of 1 to 50 letters, digits, `-` and `_`. @default a random name
   */
  readonly executionName?: string
  /**
   * Which executions a caller can look up. `OWN`: those that it has started. Their names begin with its id (of the role,
   * the user or the API key) and a hyphen, which callers neither send nor see, so that nobody can read, start or block
   * those of somebody else, whose names it may guess. Two callers with one name have two executions. Root and federated
   * users have no id of their own, and are refused. `ALL`: every one of the workflow, however started; for operators.
   *
   * @default 'OWN'
   */
  readonly executions?: 'OWN' | 'ALL'
}

const checks: Checks<WorkflowApiProps> = {
  ...stageChecks,
  restApiName: aText,
  auth: oneOf('IAM', 'API_KEY'),
  quota: anObject,
}
const quotaChecks: Checks<NonNullable<WorkflowApiProps['quota']>> = {
  limit: required(orToken(wholeNumber(1, 2_147_483_647))),
  period: required(oneOf('DAY', 'WEEK', 'MONTH')),
}
const routeChecks: Checks<WorkflowRoute> = {
  workflow: required(objectWith('a state machine', 'grantStartExecution')),
  input: anObject,
  errors: listOf(textLike(/^[\w.-]{1,256}$/, 'the name of an error'), 'names of errors'),
  ...throttleChecks,
}
const startRouteChecks: Checks<StartedWorkflowRoute> = {
  ...routeChecks,
  executionName: textLike(/^\$(\.[\w-]+|\[\d+\])+$/, "a JSONPath in the body, such as '$.orderId'"),
  executions: oneOf('OWN', 'ALL'),
}
const aPath = textLike(/^[\w-]+(\/[\w-]+)*$/, "a path such as 'workflows/orders'")

const defaultQuota: NonNullable<WorkflowApiProps['quota']> = { limit: 1_000_000, period: 'DAY' }
const pathParameter = 'execution'
const anyObject: JsonSchema = { type: JsonSchemaType.OBJECT }

/**
 * A REST API that starts workflows without a function in between, and answers with the right status: 200 only for
 * SUCCEEDED, 503 with Retry-After for an open circuit, 504 for a timeout, 400 for bad input, 500 for other failures.
 * Bodies are JSON whatever a cause holds: the workflow's output, or `{"error","cause","requestId"}`. Of errors that are
 * neither Breakwater's own nor listed by the route, callers see nothing but the status.
 *
 * @throws TypeError for a bad property.
 * @example
 * const api = new WorkflowApi(this, 'Api')
 * api.addSync('workflows/guarded-call', { workflow: call.stateMachine })
 * api.addStart('workflows/orders', { workflow: fulfilment.stateMachine, executionName: '$.orderId' })
 * api.grantInvoke(shopRole, 'workflows/orders')
 */
export class WorkflowApi extends Construct {
  /** The API as aws-cdk-lib knows it. */
  readonly restApi: RestApi
  /** The API key, where `auth` is 'API_KEY'. */
  readonly apiKey?: IApiKey
  readonly #role: Role
  readonly #options: MethodOptions
  readonly #owner: Owner
  readonly #methods = new Map<string, Method[]>()

  constructor(scope: Construct, id: string, props: WorkflowApiProps = {}) {
    super(scope, id)
    const { auth = 'IAM', quota, restApiName = id, ...stage } = checkOptions('WorkflowApi', props, checks)
    if (quota) checkOptions('WorkflowApi', quota, quotaChecks, 'quota.')
    if (quota && auth === 'IAM')
      throw invalid(
        'WorkflowApi: quota',
        quota,
        "one with auth 'API_KEY': AWS counts the requests of keys only",
      )
    this.#owner = auth === 'IAM' ? 'identity.caller' : 'identity.apiKeyId'
    this.restApi = stagedRestApi(this, 'Api', stage, { restApiName, description: 'Starts guarded workflows' })
    addGatewayResponses(this.restApi)
    this.#role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('apigateway.amazonaws.com') })
    const requestValidator = new RequestValidator(this, 'Validator', {
      // RestApi is an IRestApi but for exactOptionalPropertyTypes.
      restApi: this.restApi as IRestApi,
      validateRequestBody: true,
      validateRequestParameters: true,
    })
    this.#options = {
      requestValidator,
      methodResponses,
      authorizationType: auth === 'IAM' ? AuthorizationType.IAM : AuthorizationType.NONE,
      apiKeyRequired: auth === 'API_KEY',
    }
    acknowledge(this.restApi, {
      'AwsSolutions-COG4': `Callers are systems, which come with ${credentials[auth]}`,
    })
    if (auth === 'API_KEY') this.apiKey = this.#addKey(throttleOf(stage), quota)
  }

  /**
   * `POST path` runs an EXPRESS workflow and answers when it has ended, with its output or its error. API Gateway waits
   * 29 seconds, so give the workflow a timeout below that.
   *
   * @param path without a leading slash, such as `workflows/guarded-call`.
   * @throws TypeError for a bad path or property, and for a STANDARD workflow, which has no synchronous start.
   * @example
   * api.addSync('workflows/guarded-call', { workflow: call.stateMachine })
   */
  addSync(path: string, route: WorkflowRoute): Method {
    checkRoute('WorkflowApi.addSync', path, route, routeChecks)
    checkType('WorkflowApi.addSync', route.workflow, StateMachineType.EXPRESS)
    route.workflow.grantStartSyncExecution(this.#role)
    const request = startRequest(route.workflow.stateMachineArn)
    return this.#addPost(path, route, {
      action: 'StartSyncExecution',
      request,
      response: syncAnswer(route.errors),
    })
  }

  /**
   * `POST path` starts a STANDARD workflow and answers 202 with the name of the execution; `GET path/{execution}`, with
   * that name, answers 202 while it runs, and then as {@link addSync} would have.
   *
   * @param path without a leading slash, such as `workflows/orders`.
   * @throws TypeError for a bad path or property, and for an EXPRESS workflow, whose executions cannot be looked up.
   * @example
   * api.addStart('workflows/orders', { workflow: orders.stateMachine, executionName: '$.orderId' })
   */
  addStart(path: string, route: StartedWorkflowRoute): { readonly start: Method; readonly describe: Method } {
    checkRoute('WorkflowApi.addStart', path, route, startRouteChecks)
    checkType('WorkflowApi.addStart', route.workflow, StateMachineType.STANDARD)
    const { workflow, executionName: name, executions = 'OWN' } = route
    const owner = executions === 'OWN' ? this.#owner : undefined
    workflow.grantStartExecution(this.#role)
    workflow.grantExecution(this.#role, 'states:DescribeExecution')
    const named = 'Executions are named at run time; these are those of one state machine'
    acknowledgeWildcard(this.#role, executionsOf(workflow, '*'), named)
    const request = startRequest(workflow.stateMachineArn, { name, owner })
    const response = startAnswer(owner)
    const start = this.#addPost(path, route, { action: 'StartExecution', request, response })
    const describe = this.#resource(path)
      .addResource(`{${pathParameter}}`)
      .addMethod(
        'GET',
        workflowIntegration({
          action: 'DescribeExecution',
          role: this.#role,
          request: describeRequest(executionsOf(workflow, ''), pathParameter, owner),
          response: describeAnswer(route.errors, owner),
        }),
        { ...this.#options, requestParameters: { [`method.request.path.${pathParameter}`]: true } },
      )
    this.#add(path, describe, route)
    return { start, describe }
  }

  /**
   * Lets an identity call the methods of one route, and no other.
   *
   * @param path that of {@link addSync} or {@link addStart}.
   * @throws TypeError for a path that has no route yet, and where callers have an API key in place of an identity.
   * @example
   * api.grantInvoke(shopRole, 'workflows/orders')
   */
  grantInvoke(grantee: IGrantable, path: string): Grant {
    const methods = this.#methods.get(path)
    if (!methods) throw invalid('WorkflowApi.grantInvoke: path', path, [...this.#methods.keys()].join(', '))
    if (this.apiKey) throw invalid('WorkflowApi.grantInvoke: auth', 'API_KEY', 'IAM')
    const resourceArns = methods.map(method => method.methodArn)
    const principal = grantee.grantPrincipal
    if (Construct.isConstruct(principal)) {
      for (const arn of resourceArns) acknowledgeWildcard(principal, arn, 'Executions are named at run time')
    }
    return Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns })
  }

  /** Number of requests. */
  metricCount(options?: MetricOptions): Metric {
    return this.restApi.metricCount(options)
  }

  /** Requests answered with 4xx. */
  metricClientError(options?: MetricOptions): Metric {
    return this.restApi.metricClientError(options)
  }

  /** Requests answered with 5xx, also for open circuits. */
  metricServerError(options?: MetricOptions): Metric {
    return this.restApi.metricServerError(options)
  }

  /** Time from request to answer, in ms. */
  metricLatency(options?: MetricOptions): Metric {
    return this.restApi.metricLatency(options)
  }

  #addPost(path: string, route: WorkflowRoute, call: Omit<WorkflowCall, 'role'>): Method {
    const model = this.restApi.addModel(modelId(path), {
      schema: route.input ?? anyObject,
      contentType: 'application/json',
    })
    const method = this.#resource(path).addMethod(
      'POST',
      workflowIntegration({ ...call, role: this.#role }),
      {
        ...this.#options,
        requestModels: { 'application/json': model },
      },
    )
    return this.#add(path, method, route)
  }

  #add(path: string, method: Method, limits: Throttle): Method {
    limitMethod(this.restApi, method, limits)
    this.#methods.set(path, [...(this.#methods.get(path) ?? []), method])
    return method
  }

  #resource(path: string): Resource {
    return this.restApi.root.resourceForPath(path)
  }

  #addKey(throttle: ReturnType<typeof throttleOf>, quota = defaultQuota): IApiKey {
    const plan = this.restApi.addUsagePlan('Plan', {
      throttle,
      quota: { limit: quota.limit, period: Period[quota.period] },
    })
    plan.addApiStage({ stage: this.restApi.deploymentStage })
    const key = this.restApi.addApiKey('Key')
    plan.addApiKey(key)
    acknowledge(this.restApi, { 'AwsSolutions-APIG4': `Every method asks for ${credentials.API_KEY}` })
    return key
  }
}

const credentials = {
  IAM: 'an IAM identity and a signed request',
  API_KEY: 'an API key of a usage plan',
} as const

function checkRoute<T extends WorkflowRoute>(
  owner: string,
  path: string,
  route: T,
  routeChecks: Checks<T>,
): void {
  checkValue(owner, 'path', path, required(aPath))
  checkOptions(owner, route, routeChecks)
}

/** An imported state machine has no type: it is taken as it is. */
function checkType(owner: string, workflow: IStateMachine, allowed: StateMachineType): void {
  const { stateMachineType = allowed } = workflow as Partial<StateMachine>
  if (stateMachineType === allowed) return
  const other = allowed === StateMachineType.EXPRESS ? 'addStart' : 'addSync'
  throw invalid(
    `${owner}: workflow`,
    `${workflow.node.path}, of type ${stateMachineType}`,
    `one of type ${allowed}; ${other} takes the others`,
  )
}

/** Id of the model of the bodies posted to a path. */
export function modelId(path: string): string {
  const words = path.replace(/(^|[^a-zA-Z0-9]+)([a-zA-Z0-9])/g, (_, __, letter: string) =>
    letter.toUpperCase(),
  )
  return `${words}Input`
}

/** The ARN of an execution of a workflow; with `*` of all of them, with the empty name their common prefix. */
export function executionsOf(workflow: IStateMachine, name: string): string {
  const stack = Stack.of(workflow)
  const { resourceName } = stack.splitArn(workflow.stateMachineArn, ArnFormat.COLON_RESOURCE_NAME)
  return stack.formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${resourceName}:${name}`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })
}
