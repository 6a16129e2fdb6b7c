import { classify } from './classify.ts'
import { type Clock, systemClock } from './clock.ts'
import { group, type Listeners } from './listeners.ts'
import { misconfiguration } from './misconfiguration.ts'
import type { AcquireOptions, CircuitOptions, RunOptions } from './options.ts'
import { type ResolvedPolicy, resolvePolicy } from './policy.ts'
import { processName } from './scope.ts'
import type { SharedStore } from './shared/shared-store.ts'
import {
  booleanOf,
  checkBoolean,
  checkFunction,
  checkNames,
  checkObject,
  checkPlainText,
  checkSignal,
  invalid,
} from './validate.ts'

/** The options of a circuit, checked, with every default filled in. */
export interface Settings
  extends Required<Pick<CircuitOptions, 'classify' | 'random' | 'environment' | 'disabled' | 'stackTraces'>> {
  readonly listener: CircuitOptions['listener'] | undefined
  readonly retry: CircuitOptions['retry'] | undefined
  readonly throttle: CircuitOptions['throttle'] | undefined
  readonly policy: ResolvedPolicy
  readonly clock: Clock
  readonly store: SharedStore | undefined
  /** The listeners of the group of circuits that this one belongs to. */
  readonly listeners: Listeners | undefined
  /** What of the environment cannot be used, in words. */
  readonly problem: string | undefined
}

const functions = ['classify', 'random', 'listener', 'retry', 'throttle'] as const
const clockMethods = ['now', 'setTimeout', 'clearTimeout'] as const

/** @throws TypeError naming the option, the value and what is allowed. */
export function readSettings(options: CircuitOptions): Settings {
  const policy = resolvePolicy(options, 'Circuit')
  const {
    clock = systemClock,
    environment = processName,
    disabled,
    stackTraces = false,
    store,
    [group]: listeners,
    [misconfiguration]: problem,
  } = options as CircuitOptions & { readonly [group]?: Listeners; readonly [misconfiguration]?: string }
  for (const name of functions)
    if (options[name] !== undefined) checkFunction(`Circuit: ${name}`, options[name])
  if (Object.prototype.toString.call(options.classify) === '[object AsyncFunction]')
    throw invalid('Circuit: classify', options.classify, 'one that returns a verdict, not a promise')
  if (clockMethods.some(method => typeof clock?.[method] !== 'function'))
    throw invalid('Circuit: clock', clock, 'a Clock')
  const shared = store as SharedStore | undefined
  if (store !== undefined && !(shared?.join && shared.read))
    throw invalid('Circuit: store', store, 'a SharedStore')
  const { classify: judge = classify, random = Math.random, listener, retry, throttle } = options
  const settings = {
    policy,
    clock,
    classify: judge,
    random,
    listener,
    retry,
    throttle,
    store: shared,
    listeners,
  }
  checkPlainText('Circuit: environment', environment)
  checkBoolean('Circuit: stackTraces', stackTraces)
  const off =
    disabled === undefined ? readSwitch() : { disabled: checkBoolean('Circuit: disabled', disabled) }
  return { ...settings, environment, stackTraces, problem, ...off }
}

/** The off switch in the environment: read by each circuit as it is made, since changing a Lambda function's variables starts new environments. */
function readSwitch(): { disabled: boolean; problem?: string } {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } }
  const text = process?.env?.BREAKWATER_DISABLED
  const disabled = booleanOf(text ?? '')
  if (disabled !== undefined) return { disabled }
  const { message } = invalid('BREAKWATER_DISABLED', text, 'true, 1, yes, on, false, 0, no or off')
  return { disabled: false, problem: message }
}

const runOptions = ['timeoutMs', 'deadline', 'signal', 'fallback', 'idempotent']
const acquireOptions = ['timeoutMs', 'deadline', 'detached', 'reentrant']

/**
 * Checks what would be noticed late: in an outage, or by a crash. `timeoutMs` and `deadline` are checked where they are used.
 *
 * @param names whether names are checked, too, which takes longer.
 * @throws TypeError naming the option, the value and what is allowed.
 */
export function checkRunOptions(options: RunOptions<unknown>, names: boolean): void {
  const { signal, fallback, idempotent } = checkObject('Circuit: options', options)
  if (signal !== undefined) checkSignal('Circuit: signal', signal)
  if (fallback !== undefined) checkFunction('Circuit: fallback', fallback)
  if (!names) return
  checkNames('Circuit: option', options, runOptions)
  if (idempotent !== undefined) checkBoolean('Circuit: idempotent', idempotent)
}

/** Otherwise as {@link checkRunOptions}. */
export function checkAcquireOptions(options: AcquireOptions): AcquireOptions {
  const { detached = false, reentrant = false } = checkObject('Circuit: options', options)
  checkNames('Circuit: option', options, acquireOptions)
  checkBoolean('Circuit: detached', detached)
  checkBoolean('Circuit: reentrant', reentrant)
  return options
}
