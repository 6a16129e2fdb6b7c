import { randomUUID } from 'node:crypto'
import type { Execution, StateMachine } from '@breakwater/asl'
import { ServiceError } from '../../aws/json-service.ts'
import { parseJson } from '../../aws/parse-json.ts'

/** A state machine of a template. */
export interface LocalMachine extends StateMachine {
  /** As JSON text. */
  readonly definition: string
  /** Epoch ms. */
  readonly createdAt: number
}

/** An execution, the machine it is of, and its input as it was given. */
export interface StartedExecution {
  readonly execution: Execution
  readonly machine: LocalMachine
  readonly input: string
}

/** The executions that are over and can still be described: a bound on memory. */
const maxEnded = 1_000

/** The service's limit, in bytes. */
const maxInputBytes = 262_144

/**
 * Starts executions, and remembers those of STANDARD machines by their ARN, as the service does; of those that are over,
 * the last 1,000.
 */
export class Executions {
  readonly #machines: ReadonlyMap<string, LocalMachine>
  readonly #remembered = new Map<string, StartedExecution>()
  readonly #running = new Set<Execution>()
  #closed = false

  constructor(machines: readonly LocalMachine[]) {
    this.#machines = new Map(machines.map(machine => [machine.arn, machine]))
  }

  /** @throws ServiceError StateMachineDoesNotExist. */
  machine(arn: unknown): LocalMachine {
    const machine = typeof arn === 'string' ? this.#machines.get(arn) : undefined
    if (machine) return machine
    throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${printed(arn)}'`)
  }

  /** The state machines. */
  get machines(): readonly LocalMachine[] {
    return [...this.#machines.values()]
  }

  /** Those of a machine, the newest first. */
  of(machine: LocalMachine): readonly StartedExecution[] {
    return [...this.#remembered.values()].filter(started => started.machine === machine).reverse()
  }

  /** @throws ServiceError ExecutionDoesNotExist. */
  find(arn: unknown): StartedExecution {
    const started = typeof arn === 'string' ? this.#remembered.get(arn) : undefined
    if (started) return started
    throw new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${printed(arn)}'`)
  }

  /**
   * Starts an execution. On a STANDARD machine a name is used once: the same name with the same input is the execution
   * that is running already.
   *
   * @param input JSON text
   * @throws ServiceError with the service's code for a name or an input that it does not take.
   */
  start(machine: LocalMachine, input: unknown = '{}', name: unknown = randomUUID()): StartedExecution {
    if (this.#closed) throw new ServiceError('ServiceUnavailable', 'The stack is closed', 503)
    const value = inputOf(input)
    if (typeof name !== 'string' || !/^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{C}]{1,80}$/u.test(name)) {
      throw new ServiceError('InvalidName', `Invalid Name: '${printed(name)}'`)
    }
    const standard = machine.type === 'STANDARD'
    const arn = `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`
    const before = standard ? this.#remembered.get(arn) : undefined
    if (before) {
      if (before.execution.status === 'RUNNING' && before.input === input) return before
      throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`)
    }
    const execution = machine.start({ input: value, name })
    const started = { execution, machine, input: input as string }
    if (standard) this.#remembered.set(execution.arn, started)
    this.#running.add(execution)
    void execution.result.then(() => {
      this.#running.delete(execution)
      if (this.#remembered.size - this.#running.size > maxEnded) this.#forgetOldest()
    })
    return started
  }

  #forgetOldest(): void {
    for (const [arn, { execution }] of this.#remembered) {
      if (execution.status === 'RUNNING') continue
      this.#remembered.delete(arn)
      return
    }
  }

  /** Ends whatever runs. */
  async close(): Promise<void> {
    this.#closed = true
    const running = [...this.#running]
    for (const execution of running) execution.stop('Local.Closed', 'The stack was closed')
    await Promise.all(running.map(({ result }) => result))
  }
}

/** For a message: an object may have a `toString` that cannot be called. */
export function printed(value: unknown): string {
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

function inputOf(input: unknown): unknown {
  if (typeof input !== 'string')
    throw new ServiceError('InvalidExecutionInput', 'The input is no text of JSON')
  if (Buffer.byteLength(input) > maxInputBytes) {
    const message = `Value at 'input' failed to satisfy constraint: Member must have length less than or equal to ${maxInputBytes}`
    throw new ServiceError('ValidationException', message)
  }
  try {
    return parseJson(input)
  } catch {
    throw new ServiceError('InvalidExecutionInput', 'Invalid State Machine Execution Input: no JSON')
  }
}
