import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, DefaultStackSynthesizer, type IStackSynthesizer, Stack } from 'aws-cdk-lib'

// biome-ignore lint/suspicious/noExplicitAny: a template is any JSON.
export type Json = any

/** A CloudFormation template, deployed by whatever tool. */
export interface PlainTemplate {
  readonly AWSTemplateFormatVersion: string
  readonly Description: string
  readonly Parameters: Readonly<Record<string, Json>>
  readonly Conditions?: Readonly<Record<string, Json>>
  readonly Resources: Readonly<Record<string, Json>>
  readonly Outputs: Readonly<Record<string, Json>>
}

const stackId = 'Breakwater'

/**
 * Synthesises a stack into a template that needs no bootstrapped account: it has no version of a bootstrap stack, its
 * logical ids have no digests, and physical names begin with the name of the stack that is deployed. The functions' code
 * is still an asset of the CDK; see {@link codeIn}.
 */
export function plainTemplate(Description: string, fill: (stack: Stack) => void): PlainTemplate {
  const outdir = mkdtempSync(join(tmpdir(), 'breakwater-templates-'))
  try {
    const app = new App({
      analyticsReporting: false,
      outdir,
      context: { 'aws:cdk:disable-path-metadata': true },
    })
    // IStackSynthesizer but for exactOptionalPropertyTypes.
    const synthesizer = new DefaultStackSynthesizer({
      generateBootstrapVersionRule: false,
    }) as IStackSynthesizer
    const stack = new Stack(app, stackId, { synthesizer })
    fill(stack)
    const { Parameters, Conditions, Resources, Outputs } = app.synth().getStackByName(stackId).template
    return readable({
      AWSTemplateFormatVersion: '2010-09-09',
      Description,
      Parameters: { ...codeParameters, ...Parameters },
      ...(Conditions && { Conditions }),
      Resources,
      Outputs,
    })
  } finally {
    rmSync(outdir, { recursive: true, force: true })
  }
}

/** Where the zip with the functions is. */
const codeParameters = {
  CodeBucket: {
    Type: 'String',
    Description: 'Bucket with the zip of the functions, in the Region of the stack',
  },
  CodeKey: { Type: 'String', Description: 'Key of the zip' },
}

/**
 * Takes the code of functions from the zip.
 *
 * @param files modules of the zip, without their extension, by the logical ids of the functions.
 */
export function codeIn(template: PlainTemplate, files: Readonly<Record<string, string>>): PlainTemplate {
  const Code = { S3Bucket: { Ref: 'CodeBucket' }, S3Key: { Ref: 'CodeKey' } }
  const functions = Object.entries(files).map(([id, file]) => {
    const { Properties, ...others } = template.Resources[id]
    return [id, { ...others, Properties: { ...Properties, Code, Handler: `${file}.handler` } }]
  })
  return { ...template, Resources: { ...template.Resources, ...Object.fromEntries(functions) } }
}

/** Drops the digests of ids, and whatever else only the CDK needs; writes joined texts as Fn::Sub. */
function readable(template: PlainTemplate): PlainTemplate {
  const short = new Map(Object.keys(template.Resources).map(id => [id, id.replace(/[0-9A-F]{8}$/, '')]))
  if (new Set(short.values()).size < short.size) throw new Error(`Two of ${[...short.values()]} are the same`)
  const isRole = (id: string) => template.Resources[id]?.Type === 'AWS::IAM::Role'
  return JSON.parse(JSON.stringify(template), (key, value) => {
    // The property with the role's ARN makes a resource wait for it already.
    if (key === 'DependsOn' && Array.isArray(value)) return value.filter(id => !isRole(idOf(short, id)))
    if (typeof value === 'string') return short.get(value) ?? named(value)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return subOf(
      Object.fromEntries(Object.entries(value).map(([name, one]) => [short.get(name) ?? name, one])),
    )
  })
}

const idOf = (short: ReadonlyMap<string, string>, name: string) =>
  [...short].find(([, one]) => one === name)?.[0] ?? name

/** A physical name that the CDK made of the stack's id, with the name of the stack instead. */
function named(text: string): Json {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is a variable of Fn::Sub
  const own = '${AWS::StackName}-$1'
  const form = new RegExp(`\\b${stackId}-(\\w+)-[0-9A-F]{8}\\b`)
  return form.test(text) ? { 'Fn::Sub': escaped(text).replace(form, own) } : text
}

/** `{ "Fn::Join": ["", [...]] }` of texts, references and attributes as `Fn::Sub`; anything else as it is. */
function subOf(value: Json): Json {
  const join = value['Fn::Join']
  if (join?.[0] !== '' || !Array.isArray(join[1])) return value
  const parts = join[1].map(partOf)
  return parts.includes(undefined) ? value : { 'Fn::Sub': parts.join('') }
}

function partOf(part: Json): string | undefined {
  if (typeof part === 'string') return escaped(part)
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Sub': sub } = part
  if (Ref) return `\${${Ref}}`
  return sub ?? (attribute && `\${${attribute.join('.')}}`)
}

/** Fn::Sub reads `${!x}` as the text `${x}`. */
const escaped = (text: string) => text.replaceAll('${', '${!')
