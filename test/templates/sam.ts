import { banner } from './bundle.ts'
import { files, machine, substitutions } from './circuits.ts'
import type { Json, PlainTemplate } from './plain.ts'
import { isAbout, resourceOf, statementsOf } from './resources.ts'

/** The same as a template of AWS SAM, which makes the roles and bundles the functions. */
export function samTemplate(plain: PlainTemplate): object {
  const { CodeBucket: _, CodeKey: __, ...Parameters } = plain.Parameters
  const functions = Object.keys(files).flatMap(id => [
    [`${id}Logs`, resourceOf(plain, `${id}Logs`)],
    [id, functionOf(plain, id)],
  ])
  return {
    AWSTemplateFormatVersion: plain.AWSTemplateFormatVersion,
    Transform: 'AWS::Serverless-2016-10-31',
    Description: plain.Description,
    Parameters,
    Resources: {
      CircuitsTable: resourceOf(plain, 'CircuitsTable'),
      ...Object.fromEntries(functions),
      WorkflowLogs: resourceOf(plain, 'WorkflowLogs'),
      [machine]: machineOf(plain),
    },
    Outputs: plain.Outputs,
  }
}

function functionOf(plain: PlainTemplate, id: string): object {
  const { Code: _, Role: __, TracingConfig, Handler, ...properties } = plain.Resources[id].Properties
  const [file] = Handler.split('.')
  return {
    Type: 'AWS::Serverless::Function',
    Properties: {
      CodeUri: './',
      Handler,
      ...properties,
      Tracing: TracingConfig.Mode,
      // SAM adds what logs and traces need.
      ...policies(statementsOf(plain, id).filter(isAbout('dynamodb'))),
    },
    Metadata: {
      BuildMethod: 'esbuild',
      BuildProperties: {
        EntryPoints: [`${file}.mjs`],
        Format: 'esm',
        OutExtension: ['.js=.mjs'],
        Target: 'node24',
        External: ['@aws-sdk/*', '@smithy/*'],
        Banner: [`js=${banner}`],
      },
    },
  }
}

function machineOf(plain: PlainTemplate): object {
  const { StateMachineType, LoggingConfiguration, TracingConfiguration } = plain.Resources[machine].Properties
  return {
    Type: 'AWS::Serverless::StateMachine',
    Properties: {
      Type: StateMachineType,
      DefinitionUri: 'charge.asl.json',
      DefinitionSubstitutions: substitutions,
      Logging: LoggingConfiguration,
      Tracing: TracingConfiguration,
      ...policies(statementsOf(plain, machine).filter(one => !isAbout('xray')(one))),
    },
  }
}

function policies(statements: readonly Json[]): object {
  return statements.length > 0 ? { Policies: [{ Version: '2012-10-17', Statement: statements }] } : {}
}
