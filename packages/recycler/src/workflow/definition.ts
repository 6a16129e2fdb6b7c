import { type Checks, checkOptions, required, textLike, wholeNumber } from '@breakwater/circuit/shared'
import { badInputError, type StateMachineDefinition } from '@breakwater/workflows'
import { ending } from './ending.ts'
import { checkInput } from './input.ts'
import { endsWithError, handOver, isVerified, plan, verify, waitUntilDue, whatNext } from './planning.ts'
import { newItem, recycleService } from './service.ts'

/** Options of {@link recycleServices}. */
export interface RecycleServicesOptions {
  /** ARN of the planner function; may be a CDK token or a `${Placeholder}`. */
  readonly planner: string
  /** ARN of the executor function; may be a CDK token or a `${Placeholder}`. */
  readonly executor: string
  /** Name or ARN of the event bus that gets the result; may be a CDK token or a `${Placeholder}`. */
  readonly bus: string
  /** Most services of a wave that are recycled at once, 1 to 40. @default 5 */
  readonly concurrency?: number
  /** The partition that integrations are in. @default aws */
  readonly partition?: string
}

/** What Step Functions runs at once of a Map that is part of the execution. */
const maxConcurrency = 40

const functionArn = required(textLike(/./, 'the ARN of a function'))
const checks: Checks<RecycleServicesOptions> = {
  planner: functionArn,
  executor: functionArn,
  bus: required(textLike(/./, 'the name or ARN of an event bus')),
  concurrency: wholeNumber(1, maxConcurrency),
  partition: textLike(/./, 'aws and the like'),
}

/**
 * Makes the definition, for a STANDARD state machine that may start itself. Its input is a `RecycleInput`, `{ secretId,
 * label?, sequence?, dryRun? }`, its output a `RecycleReport`; or `{ handedOverTo }`, where another execution goes on.
 *
 * Plans, recycles a wave, verifies it, and plans again until nothing is left to do; then reports, and puts an event
 * `Recycle Finished`. It fails with Breakwater.RecycleFailed, once that is reported, and with Breakwater.BadInput. All
 * state is with the planner and the executor, so it may be stopped and started anew at any point. An execution has no
 * time limit of its own, since a maintenance window may be days away: every step and the number of polls are bounded.
 *
 * @throws TypeError for a bad option, naming it, its value and what is allowed.
 * @example
 * const definition = recycleServices({ planner: planner.functionArn, executor: executor.functionArn, bus: bus.eventBusName })
 */
export function recycleServices(given: RecycleServicesOptions): StateMachineDefinition {
  const options = { concurrency: 5, partition: 'aws', ...checkOptions('recycleServices', given, checks) }
  const input = '$states.input'
  return {
    QueryLanguage: 'JSONata',
    Comment: 'Recycles the services that read a secret, wave by wave',
    StartAt: 'Check input',
    States: {
      'Check input': checkInput({ bad: 'Bad input', good: 'Plan' }),
      'Bad input': { Type: 'Fail', Error: badInputError, Cause: '{% $string($problem) %}' },
      Plan: plan(options, 'What next?', 'Report', 'Bad input'),
      'What next?': whatNext(
        { wave: 'Recycle wave', wait: 'Wait until due', handover: 'Hand over', over: 'Report' },
        'Report',
      ),
      'Wait until due': waitUntilDue('Plan'),
      'Recycle wave': {
        Type: 'Map',
        Items: `{% ${input}.wave.services %}`,
        ItemSelector: newItem,
        MaxConcurrency: options.concurrency,
        ItemProcessor: recycleService(options),
        Output: {
          wave: { number: `{% ${input}.wave.number %}`, name: `{% ${input}.wave.name %}` },
          outcomes: '{% $states.result %}',
        },
        Catch: [endsWithError('Report')],
        Next: 'Verify wave',
      },
      'Verify wave': verify(options, 'Wave verified?', 'Report'),
      'Wave verified?': isVerified('Plan', 'Report'),
      'Hand over': handOver(options, 'Handed over', 'Report'),
      'Handed over': { Type: 'Succeed' },
      ...ending(options),
    },
  }
}
