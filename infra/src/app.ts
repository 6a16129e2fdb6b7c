import { App, type AppProps, Tags, Validations } from 'aws-cdk-lib'
import { CfnFunction } from 'aws-cdk-lib/aws-lambda'
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag'
import { EventsStack } from './events-stack.ts'
import { OrdersStack } from './orders-stack.ts'
import { RecyclerStack } from './recycler-stack.ts'
import { readSettings } from './settings.ts'
import { TableStack } from './table-stack.ts'
import { WorkflowsStack } from './workflows-stack.ts'

/**
 * Makes the app with all its stacks, one a concern. It looks nothing up: it synthesises offline, and deploys to any
 * account and Region. A finding of cdk-nag fails the synthesis.
 *
 * @param props as App takes them; `context` holds the settings.
 * @example
 * makeApp({ context: { stage: 'prod' } }).synth()
 */
export function makeApp(props: AppProps = {}): App {
  const app = new App({ analyticsReporting: false, ...props })
  const settings = readSettings(app.node)
  const named = (concern: string) => `breakwater-${settings.stage}-${concern}`
  const { table } = new TableStack(app, named('table'), settings)
  new OrdersStack(app, named('orders'), settings, table)
  const { bus } = new EventsStack(app, named('events'), settings)
  const { recycler } = new RecyclerStack(app, named('recycler'), settings, { table, bus })
  new WorkflowsStack(app, named('workflows'), settings, { table, recycler: recycler.stateMachine })
  for (const one of app.node.findAll()) {
    if (one instanceof CfnFunction && settings.reservedConcurrency !== undefined)
      one.reservedConcurrentExecutions = settings.reservedConcurrency
  }
  Tags.of(app).add('breakwater:stage', settings.stage)
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app))
  return app
}
