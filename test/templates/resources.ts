import type { Json, PlainTemplate } from './plain.ts'

/** A resource, its properties last. */
export function resourceOf(template: PlainTemplate, id: string): Json {
  const { Type, Properties, ...others } = template.Resources[id]
  return { Type, ...others, Properties }
}

/** The statements of the role of a function or state machine, by its logical id. */
export function statementsOf({ Resources }: PlainTemplate, id: string): readonly Json[] {
  const { Role, RoleArn } = Resources[id].Properties
  const [role] = (Role ?? RoleArn)['Fn::GetAtt']
  return Object.values(Resources)
    .filter(({ Type, Properties }) => Type === 'AWS::IAM::Policy' && Properties.Roles[0].Ref === role)
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
}

/** Whether a statement allows only actions of a service. */
export function isAbout(service: string): (statement: Json) => boolean {
  return ({ Action }) => [Action].flat().every((action: string) => action.startsWith(`${service}:`))
}
