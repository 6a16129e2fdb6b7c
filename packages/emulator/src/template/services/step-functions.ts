import { allows } from '../../access/allows.ts'
import { statesChecks } from '../../access/checks.ts'
import { loggingChecks, tracingChecks } from '../../access/platform-checks.ts'
import type { Caller } from '../../access/service-call.ts'
import { startJsonService } from '../../aws/json-service.ts'
import { callOperations } from '../aws-calls.ts'
import { arnOf, nameOf } from '../naming.ts'
import { Registry } from '../registry.ts'
import type { ServiceDefinition, StackContext } from '../service.ts'
import type { TaskDependencies } from '../tasks/task.ts'
import type { ResolvedResource } from '../types.ts'
import { Executions } from './executions.ts'
import { createMachine } from './machines.ts'
import { statesOperations } from './states-operations.ts'

/** State machines and their executions. */
export const stepFunctions: ServiceDefinition = {
  types: {
    'AWS::StepFunctions::StateMachine': {
      naming: {
        nameProperty: 'StateMachineName',
        maxLength: 80,
        arn: arnOf('states', ({ name }) => `stateMachine:${name}`),
        ref: arnOf('states', ({ name }) => `stateMachine:${name}`),
        attributes: { Name: nameOf, StateMachineRevisionId: () => 'INITIAL' },
      },
      properties: {
        supported: [
          'Definition',
          'DefinitionString',
          'DefinitionS3Location',
          'DefinitionSubstitutions',
          'StateMachineName',
          'StateMachineType',
        ],
        ignored: {
          Tags: 'nothing asks for tags',
          RoleArn: 'only the endpoints of HTTP tasks are authorised; calls are reported with it',
          LoggingConfiguration: 'the history of an execution can be asked for',
          TracingConfiguration: 'there are no traces',
          EncryptionConfiguration: 'nothing is written to a disk',
        },
      },
    },
  },

  async start(resources, context) {
    const { assets, clock, random, ports, callers } = context
    const machines = resources.map(resource => {
      const caller = callerOf(resource, context)
      const dependencies = {
        ...dependenciesOf(caller, context, () => executions),
        machineArn: resource.arn ?? '',
      }
      const machine = createMachine(resource, { assets, clock, random, dependencies })
      callers.report(caller, () => [
        ...loggingChecks(resource.properties.LoggingConfiguration),
        ...tracingChecks(resource.properties.TracingConfiguration),
      ])
      return machine
    })
    const executions = new Executions(machines)
    const operations = statesOperations(executions)
    const endpoint = await startJsonService({
      target: 'AWSStepFunctions',
      version: '1.0',
      operations,
      onRequest: (authorization, action, input) =>
        callers.report(callers.signedBy(authorization), () => statesChecks(action, input)),
      port: ports.states ?? 0,
      portOption: '--states-port',
    })
    return {
      endpoints: { states: endpoint.url },
      members: {
        machines: new Registry(
          'state machine',
          machines.map((machine, index) => [resources[index]!, machine]),
        ),
        executions,
      },
      call: { states: callOperations(operations, callers, statesChecks) },
      receiverOf(arn) {
        const machine = machines.find(machine => machine.arn === arn)
        return machine && (input => void executions.start(machine, input))
      },
      stop: () => executions.close(),
      close: () => endpoint.close(),
    }
  },
}

/** A state machine as a caller; Step Functions says for which machine it takes on a role. */
function callerOf({ stack, id, arn, properties }: ResolvedResource, { account }: StackContext): Caller {
  return {
    name: `${stack}.${id}`,
    service: 'states.amazonaws.com',
    roleArn: properties.RoleArn === undefined ? undefined : String(properties.RoleArn),
    source: { 'aws:SourceArn': arn ?? '', 'aws:SourceAccount': account },
  }
}

/** The services that the tasks of a machine use, in the name of the machine. */
function dependenciesOf(
  caller: Caller,
  { call, invoke, callers, region, account, policiesOf }: StackContext,
  executions: TaskDependencies['executions'],
): Omit<TaskDependencies, 'machineArn'> {
  return {
    call: (...request) => call(caller, ...request),
    invoke,
    executions,
    place: { region, account },
    mayCall: check => allows(policiesOf(caller.roleArn), check),
    report: checks => callers.report(caller, checks),
  }
}
