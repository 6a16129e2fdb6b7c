import { parse, Scalar, type ScalarTag, stringify, type Tags } from 'yaml'
import type { Json } from './plain.ts'

/** Intrinsic functions that are written by their short forms. */
const shortForms: ScalarTag[] = ['Ref', 'Fn::Sub', 'Fn::GetAtt'].map(name => {
  const tag = `!${name.replace('Fn::', '')}`
  return {
    tag,
    identify: value =>
      typeof value === 'object' && value !== null && Object.keys(value).length === 1 && name in value,
    createNode(_, value: Json) {
      const node = new Scalar([value[name]].flat().join('.'))
      node.tag = tag
      return node
    },
    resolve: text => ({ [name]: name === 'Fn::GetAtt' ? text.split('.') : text }),
  }
})

/** As version 1.1 of YAML, which the tools read, dates are quoted: `Version: "2012-10-17"`. */
const options = { customTags: (tags: Tags) => [...shortForms, ...tags], version: '1.1' } as const

/** Writes a template in YAML, intrinsic functions in their short forms. */
export function yamlOf(value: object): string {
  return stringify(value, { ...options, lineWidth: 0, aliasDuplicateObjects: false })
}

/** Reads what {@link yamlOf} wrote. */
export function readYaml(text: string): Json {
  return parse(text, options)
}
