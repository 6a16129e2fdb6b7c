import { App, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda'
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag'
import type { IConstruct } from 'constructs'

/** A stack in an app of its own. */
export function makeStack(): Stack {
  return new Stack(new App({ analyticsReporting: false }), 'Test')
}

/** A function that does nothing. */
export function makeFunction(stack: Stack, id: string): LambdaFunction {
  return new LambdaFunction(stack, id, {
    code: Code.fromInline('exports.handler = async () => {}'),
    handler: 'index.handler',
    runtime: Runtime.NODEJS_24_X,
  })
}

/** The findings of both packs of cdk-nag at a construct and below it, as `rule at path`. */
export function findings(scope: IConstruct): string[] {
  return [AwsSolutionsChecks, ServerlessChecks].flatMap(Checks =>
    new Checks()
      .validateScope(scope)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(resource => `${ruleName} at ${resource.constructPath}`),
      ),
  )
}

// biome-ignore lint/suspicious/noExplicitAny: a template is any JSON.
type Properties = Record<string, any>

/** A synthesised stack, made once for all tests of a file. */
export class Synthesised {
  readonly template: Template

  constructor(stack: Stack) {
    this.template = Template.fromStack(stack)
  }

  /** The properties of all resources of a type. */
  all(type: string): Properties[] {
    return Object.values(this.template.findResources(type)).map(resource => resource.Properties)
  }

  /** The properties of the only resource of a type, or the only one whose logical id begins so. */
  one(type: string, id = ''): Properties {
    const found = Object.entries(this.template.findResources(type)).filter(([name]) => name.startsWith(id))
    if (found.length !== 1) throw new Error(`${found.length} resources of ${type} ${id}`)
    return found[0]![1].Properties
  }

  /** Every statement of every policy. */
  get statements(): Properties[] {
    return this.all('AWS::IAM::Policy').flatMap(policy => policy.PolicyDocument.Statement)
  }
}

/** A text that holds intrinsic functions, with each of them as `<Name>`. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  const { 'Fn::Join': join, Ref, 'Fn::GetAtt': attribute } = value as Properties
  if (join) return join[1].map(textOf).join(join[0])
  return `<${Ref ?? attribute?.join('.') ?? JSON.stringify(value).replaceAll('"', '')}>`
}
