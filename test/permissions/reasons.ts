/** Grants that no call of the plays needs, and why they are there all the same. */
interface Reason {
  /** Stands for the names of grants, without the name of the stack: `Policy: action on resource`. */
  readonly grants: RegExp
  readonly why: string
  /** A race may need it: it is no mistake if a play did. */
  readonly sometimes?: boolean
}

export const reasons: readonly Reason[] = [
  {
    grants: /: lambda:InvokeFunction on .*:\$LATEST$/,
    why: 'grantInvokeLatestVersion allows both names of the same code; tasks use the other one',
  },
  {
    grants: /: dynamodb:GetItem on /,
    why: 'read after a conditional write that failed, where the error brings no item',
    sometimes: true,
  },
  {
    grants: /^RecyclerExecutorRole.*: dynamodb:Query on /,
    why: 'both functions of the recycler have the four actions of its records; only the planner queries',
  },
  {
    grants: /: ecs:Describe(Daemon|DaemonRevisions|DaemonTaskDefinition) on /,
    why: 'managed daemons are not emulated',
  },
  {
    grants: /^RecyclerStateMachineRole.*: states:StartExecution on /,
    why: 'goes on in a new execution after 150 services, or 750 looks at deployments',
  },
  {
    grants: /^RecyclerReconcileAllow.*: lambda:InvokeFunction on /,
    why: 'the reconcile comes once an hour; the plays invoke the planner as its rule does',
  },
  {
    grants: /^(Undelivered|RecyclerDeadLetters)Policy.*: sqs:SendMessage on /,
    why: 'only what cannot be delivered is sent there, and all is delivered here',
  },
  {
    grants: /^(Transitions|RecyclerChanges)Policy.*: sqs:GetQueue(Attributes|Url) on /,
    why: "the CDK's SqsQueue target allows them together with sqs:SendMessage",
  },
  {
    grants: /^(Shop|RecycleOperator).*: sts:AssumeRole$/,
    why: 'people and systems of the account take these roles on, outside of the stacks',
  },
  {
    grants: /^ApiCloudWatchRole.*: sts:AssumeRole$/,
    why: 'API Gateway takes the role on to write its logs, which are not emulated',
  },
]

/** The grants that nothing explains, and the reasons that explain nothing any more. */
export function unexplained(unused: readonly string[]): {
  readonly grants: readonly string[]
  readonly reasons: readonly string[]
} {
  const names = unused.map(name => name.replace(/^[^.]*\./, ''))
  return {
    grants: unused.filter((_, index) => !reasons.some(({ grants }) => grants.test(names[index]!))),
    reasons: reasons
      .filter(({ grants, sometimes }) => !sometimes && !names.some(name => grants.test(name)))
      .map(({ why }) => why),
  }
}
