import type { TaskContext } from '@breakwater/asl'
import { TaskError } from '@breakwater/asl'
import type {
  CheckAnswer,
  CheckRequest,
  PlanAnswer,
  PlanRequest,
  RecycleInput,
  RecycleReport,
  ReportRequest,
  StartAnswer,
  StartRequest,
  Target,
  VerifyAnswer,
  VerifyRequest,
} from '@breakwater/recycler/workflow'
import { pollSeconds } from '../../packages/recycler/src/recycle/deployment.ts'
import { runWorkflow } from '../run-workflow.fixture.ts'
import { recycleServices } from './index.ts'

const functionArn = (name: string) => `arn:aws:lambda:eu-west-1:123456789012:function:${name}`
export const options = { planner: functionArn('planner'), executor: functionArn('executor'), bus: 'fleet' }
export const definition = recycleServices(options)
export const secret = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf'
export const labelChange = { source: secret, label: 'AWSCURRENT', versionId: 'v2', sequence: 3, movedAt: 1 }
const change = 'db-3f2a-3'

export const target = (name: string): Target => ({
  cluster: 'arn:aws:ecs:eu-west-1:123456789012:cluster/shop',
  service: `arn:aws:ecs:eu-west-1:123456789012:service/shop/${name}`,
  name: `shop/${name}`,
})

const answer = { change, labelChange, remaining: null }
/** Answers of the planner. */
export const next = {
  over: (ending: PlanAnswer['ending'] & string): PlanAnswer => ({ ...answer, next: 'over', ending }),
  wait: (seconds: number): PlanAnswer => ({ ...answer, next: 'wait', seconds, why: 'quiet period' }),
  handover: (input: RecycleInput): PlanAnswer => ({ ...answer, next: 'handover', input }),
  wave: (services: readonly string[], rest: readonly string[] = [], number = 1): PlanAnswer => ({
    ...answer,
    next: 'wave',
    wave: { number, name: number === 1 ? 'canary' : `wave ${number}`, services: services.map(target) },
    remaining: rest.map(name => target(name).service),
  }),
}

export const reportOf = ({ ending }: Pick<ReportRequest, 'ending'>): RecycleReport => ({
  secret,
  label: 'AWSCURRENT',
  versionId: 'v2',
  change,
  ending,
  dryRun: ending === 'dry-run',
  counts: { candidates: 5, stale: 2, recycled: 2, skipped: 3, failed: 0 },
  recycled: ['shop/a'],
  skipped: [],
  failed: [],
  message: 'As planned.',
})

/** What stands around the workflow; what a test leaves out goes well. */
export interface World {
  readonly input?: unknown
  /** One after the other; after the last, the recycle is finished. */
  readonly plans?: readonly (PlanAnswer | (() => unknown))[]
  readonly verify?: (request: VerifyRequest) => unknown
  readonly report?: (request: ReportRequest) => unknown
  readonly start?: (request: StartRequest, context: TaskContext) => StartAnswer | Promise<never>
  readonly check?: (request: CheckRequest, context: TaskContext) => CheckAnswer | Promise<never>
  readonly putEvents?: (args: unknown) => unknown
  readonly startExecution?: (args: unknown) => unknown
  readonly name?: string
  readonly definition?: typeof definition
}

type Asked = PlanRequest | VerifyRequest | ReportRequest | StartRequest | CheckRequest

/** How long a deployment takes, in ms. */
export const deploymentMs = 30_000

/** Every state that a test has entered. */
export const everEntered = new Set<string>()

/** Runs the workflow in virtual time, and keeps what was asked of its functions. */
export async function recycle(world: World = {}) {
  const asked: (Asked & { readonly at: number })[] = []
  const events: unknown[] = []
  const started: unknown[] = []
  const { plans = [] } = world
  let planned = 0

  const planner = (request: PlanRequest | VerifyRequest | ReportRequest, { clock }: TaskContext) => {
    asked.push({ ...request, at: clock.now() })
    if (request.action === 'verify') return (world.verify ?? isVerified)(request)
    if (request.action === 'report') return (world.report ?? reportOf)(request)
    const plan = planned < plans.length ? plans[planned++] : next.over('finished')
    return typeof plan === 'function' ? plan() : plan
  }
  const executor = (request: StartRequest | CheckRequest, context: TaskContext) => {
    const { clock } = context
    asked.push({ ...request, at: clock.now() })
    if (request.action === 'start') {
      const answer = {
        state: 'started',
        deployment: `ecs-svc/${request.target.name}`,
        startedAt: clock.now(),
        seconds: pollSeconds(0),
      }
      return world.start ? world.start(request, context) : answer
    }
    return (world.check ?? overAfter(deploymentMs))(request, context)
  }
  const putEvents = (args: unknown) => {
    events.push(args)
    return (world.putEvents ?? (() => ({ FailedEntryCount: 0 })))(args)
  }
  const startExecution = (args: unknown) => {
    started.push(args)
    return (world.startExecution ?? (() => ({ ExecutionArn: 'arn:heir', StartDate: 1 })))(args)
  }

  const { name, input = { secretId: 'db' } } = world
  const result = await runWorkflow(world.definition ?? definition, input, {
    ...(name !== undefined && { name }),
    tasks: {
      planner,
      executor,
      'arn:aws:states:::events:putEvents': putEvents,
      'arn:aws:states:::states:startExecution': startExecution,
    },
  })
  for (const state of result.states) everEntered.add(state)
  const seconds = (Number(result.stopDate) - Number(result.startDate)) / 1_000
  return { ...result, asked, events, started, seconds }
}

/** Answers as the executor does of a deployment that takes so long. */
export function overAfter(ms: number) {
  return ({ startedAt }: CheckRequest, { clock }: TaskContext): CheckAnswer => {
    const elapsedMs = clock.now() - startedAt
    return elapsedMs < ms ? { state: 'in-progress', seconds: pollSeconds(elapsedMs) } : { state: 'completed' }
  }
}

function isVerified({ outcomes }: VerifyRequest): VerifyAnswer {
  const failed = outcomes.filter(({ outcome }) => outcome === 'failed')
  return {
    ok: failed.length === 0,
    failed: failed.map(({ target: { name }, reason = '' }) => ({ name, reason })),
    recycled: outcomes.filter(({ outcome }) => outcome === 'recycled').length,
  }
}

/** Fails as a function does that throws, so many times. */
export function fails(
  name: string,
  times = Infinity,
  cause = JSON.stringify({ errorMessage: 'the reason' }),
) {
  let left = times
  return (): undefined => {
    if (left-- > 0) throw new TaskError(name, cause)
    return undefined
  }
}
