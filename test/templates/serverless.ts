// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of the Serverless Framework
import { banner } from './bundle.ts'
import { files, machine } from './circuits.ts'
import type { Json, PlainTemplate } from './plain.ts'
import { isAbout, resourceOf, statementsOf } from './resources.ts'

/** The functions' names in serverless.yml, by their logical ids in the plain template. */
const names: Readonly<Record<string, string>> = files

/** The same for the Serverless Framework, which has one role for all functions and bundles them. */
export function serverlessService(plain: PlainTemplate): object {
  const [first, ...others] = Object.keys(names).map(id => plain.Resources[id].Properties)
  const statements = Object.keys(names).flatMap(id => statementsOf(plain, id).filter(isAbout('dynamodb')))
  const distinct = new Map(statements.map(one => [JSON.stringify(one), one]))
  const same = (property: string) => {
    if (others.some(one => JSON.stringify(one[property]) !== JSON.stringify(first[property])))
      throw new Error(`${property} is not the same for all functions`)
    return first[property]
  }
  const service = {
    service: 'breakwater-sample',
    frameworkVersion: '4',
    params: { default: { paymentUrl: 'https://payments.example.com/charges' } },
    provider: {
      name: 'aws',
      runtime: same('Runtime'),
      architecture: same('Architectures')[0],
      memorySize: same('MemorySize'),
      tracing: { lambda: true },
      logRetentionInDays: resourceOf(plain, 'OrdersLogs').Properties.RetentionInDays,
      iam: { role: { statements: [...distinct.values()] } },
    },
    build: {
      esbuild: {
        format: 'esm',
        outExtension: { '.js': '.mjs' },
        target: 'node24',
        exclude: ['@aws-sdk/*', '@smithy/*'],
        banner: { js: banner },
      },
    },
    functions: Object.fromEntries(
      Object.entries(names).map(([id, name]) => [name, functionOf(plain.Resources[id].Properties)]),
    ),
    resources: { Resources: resourcesOf(plain), Outputs: plain.Outputs },
  }
  return renamed(service)
}

function functionOf({ Handler, Description, Timeout, Environment }: Json): object {
  return { handler: Handler, description: Description, timeout: Timeout, environment: Environment.Variables }
}

/** The table and the state machine with its role and logs; the framework makes the rest. */
function resourcesOf(plain: PlainTemplate): object {
  const own = Object.keys(plain.Resources).filter(id => id === 'CircuitsTable' || id.startsWith('Workflow'))
  const resources = Object.fromEntries(own.map(id => [id, resourceOf(plain, id)]))
  const { Definition: _, ...properties } = resources[machine].Properties
  const Properties = { ...properties, Definition: '${file(charge.asl.json)}' }
  return { ...resources, [machine]: { ...resources[machine], Properties } }
}

/** Logical ids and parameters as the framework has them. */
function renamed(value: object): object {
  const ids = Object.entries(names).map(([id, name]) => [
    id,
    `${name[0]!.toUpperCase()}${name.slice(1)}LambdaFunction`,
  ])
  return JSON.parse(JSON.stringify(value), (_, one) => {
    if (typeof one !== 'object' || one === null) return one
    if (one.Ref === 'PaymentUrl') return '${param:paymentUrl}'
    for (const [id, named] of ids) {
      if (one['Fn::GetAtt']?.[0] === id) return { 'Fn::GetAtt': [named, ...one['Fn::GetAtt'].slice(1)] }
      if (typeof one['Fn::Sub'] === 'string')
        one['Fn::Sub'] = one['Fn::Sub'].replaceAll(`\${${id}.`, `\${${named}.`)
    }
    return one
  })
}
