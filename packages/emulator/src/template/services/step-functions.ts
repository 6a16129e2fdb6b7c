import { startJsonService } from '../../aws/json-service.ts'
import { callOperations } from '../aws-calls.ts'
import { arnOf, nameOf } from '../naming.ts'
import { Registry } from '../registry.ts'
import type { ServiceDefinition } from '../service.ts'
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
          RoleArn: 'nothing is authorised here',
          LoggingConfiguration: 'the history of an execution can be asked for',
          TracingConfiguration: 'there are no traces',
          EncryptionConfiguration: 'nothing is written to a disk',
        },
      },
    },
  },

  async start(resources, context) {
    const { call, invoke, assets, clock, random, ports } = context
    const dependencies = { call, invoke, executions: () => executions }
    const machines = resources.map(resource =>
      createMachine(resource, { assets, clock, random, dependencies }),
    )
    const executions = new Executions(machines)
    const operations = statesOperations(executions)
    const endpoint = await startJsonService({
      target: 'AWSStepFunctions',
      version: '1.0',
      operations,
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
      call: { states: callOperations(operations) },
      receiverOf(arn) {
        const machine = machines.find(machine => machine.arn === arn)
        return machine && (input => void executions.start(machine, input))
      },
      stop: () => executions.close(),
      close: () => endpoint.close(),
    }
  },
}
