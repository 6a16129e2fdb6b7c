/** One stack to run: its template, as the CDK synthesises it, and where the assets lie that it names. */
export interface StackTemplate {
  /** Name of the stack: AWS::StackName, and the first part of the names it gives. */
  readonly name: string
  /** The template, parsed. */
  readonly template: unknown
  /** Where assets lie, by their object key in S3. @default none */
  readonly assets?: Readonly<Record<string, string>>
}

/** Region, account and parameters of the stacks. */
export interface ResolveOptions {
  /** AWS::Region. @default 'us-east-1' */
  readonly region?: string
  /** AWS::AccountId. @default '000000000000' */
  readonly account?: string
  /** Values of parameters, by stack and name. @default the defaults in the templates */
  readonly parameters?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Origin of the queues' URLs. @default that of the service */
  readonly queueOrigin?: string
}

/** A resource without intrinsic functions. */
export interface ResolvedResource {
  /** Name of its stack. */
  readonly stack: string
  /** Its logical id. */
  readonly id: string
  /** Its name in errors: `Stack.Resources.Id`. */
  readonly where: string
  readonly type: string
  /** The name it would have in an account, made of the stack's name and the logical id where the template gives none. */
  readonly name: string
  /** What `Ref` of it is: a name, an id, an ARN or a URL. */
  readonly ref: string
  /** Undefined for a type that has none. */
  readonly arn: string | undefined
  readonly properties: Readonly<Record<string, unknown>>
}

/** All stacks without intrinsic functions. */
export interface ResolvedStacks {
  /** Each after those it needs. */
  readonly resources: readonly ResolvedResource[]
  /** Values of outputs, by stack and name. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}
