// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of Fn::Sub
import { CircuitTable, SecretRotationRecycler } from '@breakwater/constructs'
import { CfnCondition, CfnOutput, CfnParameter, Fn, type Stack } from 'aws-cdk-lib'
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { codeIn, type PlainTemplate, plainTemplate } from './plain.ts'

/** How many clusters the template takes: a policy has to name each. An empty name matches no cluster. */
const maxClusters = 5
const clusterName = '[a-zA-Z0-9_-]{1,255}'

/** The modules of the zip, by the logical ids of the functions. */
const files = {
  RecyclerTrigger: 'recycle-trigger',
  RecyclerPlanner: 'recycle-planner',
  RecyclerExecutor: 'recycle-executor',
} as const

/** The recycler, with parameters for what differs between installations. */
export function recyclerTemplate(): PlainTemplate {
  const description =
    'Recycles the ECS services that read a secret after it rotated; a dry run until DryRun is false'
  const template = plainTemplate(description, stack => {
    const parameter = (id: string, props: ConstructorParameters<typeof CfnParameter>[2]) =>
      new CfnParameter(stack, id, props)
    const tableName = parameter('TableName', { description: 'Name of the circuit table' }).valueAsString
    const clusters = Array.from({ length: maxClusters }, (_, index) =>
      index === 0
        ? parameter('Cluster1', {
            description: 'Name of an ECS cluster whose services are recycled, or * for all clusters',
            allowedPattern: `\\*|${clusterName}`,
          }).valueAsString
        : parameter(`Cluster${index + 1}`, {
            description: 'Name of one more cluster, if there is one',
            allowedPattern: `|${clusterName}`,
            default: '',
          }).valueAsString,
    )
    parameter('DryRun', {
      description: 'true: changes are planned and reported, and no service is touched',
      allowedValues: ['true', 'false'],
      default: 'true',
    })
    new CfnCondition(stack, 'AllClusters', { expression: Fn.conditionEquals(clusters[0], '*') })
    const notify = new Topic(stack, 'OnCall', { enforceSSL: true })
    const recycler = new SecretRotationRecycler(stack, 'Recycler', {
      table: CircuitTable.fromTableName(stack, 'Circuits', tableName),
      clusters,
      notify,
    })
    for (const one of [recycler.trigger, recycler.planner, recycler.executor]) {
      const resource = one.node.defaultChild as CfnFunction
      resource.addPropertyOverride('Environment.Variables', {
        RECYCLER_CLUSTERS: Fn.conditionIf('AllClusters', '', Fn.join(',', clusters)),
        RECYCLER_OPTIONS: withDryRun(stack, resource),
      })
    }
    new CfnOutput(stack, 'OnCallTopic', { value: notify.topicArn })
    new CfnOutput(stack, 'StateMachine', { value: recycler.stateMachine.stateMachineArn })
  })
  return codeIn(template, files)
}

/** The variable RECYCLER_OPTIONS of a function, with the parameter in place of the dry run. */
function withDryRun(stack: Stack, { environment }: CfnFunction): string {
  const { variables } = stack.resolve(environment)
  const text = '"dryRun":true'
  if (!variables.RECYCLER_OPTIONS.includes(text))
    throw new Error(`${variables.RECYCLER_OPTIONS} has no ${text}`)
  return Fn.sub(variables.RECYCLER_OPTIONS.replace(text, '"dryRun":${DryRun}'))
}
