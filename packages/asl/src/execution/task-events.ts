import type { TaskState } from '../definition/model.ts'
import type { StateFailure } from '../errors.ts'
import type { Payload } from './branch.ts'
import { type Visit, whole } from './state-execution.ts'

interface Limits {
  readonly timeoutSeconds: number | undefined
  readonly heartbeatSeconds: number | undefined
}

/** Writes a try of a task into the history. */
export function taskEvents({ resource }: TaskState, visit: Visit) {
  const isFunction = resource.kind === 'function'
  const prefix = isFunction ? 'LambdaFunction' : 'Task'
  const about = isFunction ? {} : { resourceType: resource.type, resource: resource.name }
  return {
    scheduled({ text }: Payload, { timeoutSeconds, heartbeatSeconds }: Limits): void {
      const limits = {
        ...(timeoutSeconds !== undefined && { timeoutInSeconds: timeoutSeconds }),
        ...(heartbeatSeconds !== undefined && !isFunction && { heartbeatInSeconds: heartbeatSeconds }),
      }
      const what = isFunction
        ? { resource: resource.arn, input: text, inputDetails: whole }
        : { ...about, region: visit.strand.around.region, parameters: text }
      visit.note(`${prefix}Scheduled`, { ...what, ...limits })
      visit.note(`${prefix}Started`, isFunction ? undefined : about)
    },
    submitted({ text }: Payload): void {
      visit.note('TaskSubmitted', { ...about, output: text, outputDetails: whole })
    },
    succeeded({ text }: Payload): void {
      visit.note(`${prefix}Succeeded`, { ...about, output: text, outputDetails: whole })
    },
    failed({ error, cause }: StateFailure): void {
      const type = /^States\.(Heartbeat)?Timeout$/.test(error) ? 'TimedOut' : 'Failed'
      visit.note(`${prefix}${type}`, { ...about, ...(error && { error }), ...(cause && { cause }) })
    },
  }
}
