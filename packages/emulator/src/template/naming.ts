import { createHash } from 'node:crypto'

/** Where all resources claim to be. */
export interface StackLocation {
  readonly region: string
  readonly account: string
  readonly queueOrigin: string
}

/** A resource whose names are being made. */
export interface NamedResource extends StackLocation {
  readonly stack: string
  readonly id: string
  readonly name: string
  /** A property as text, resolved when it is asked for; undefined where the template does not set it. */
  property(name: string): string | undefined
}

type Attribute = (resource: NamedResource) => string

/** How resources of one type are named, and what `Ref` and `Fn::GetAtt` of them are. */
export interface Naming {
  /** The property that holds an explicit name. */
  readonly nameProperty?: string
  /** The longest generated name. @default 255 */
  readonly maxLength?: number
  /** Generates a name. @default of stack and logical id */
  readonly generated?: (resource: Omit<NamedResource, 'name'>) => string
  readonly arn?: Attribute
  /** @default the name */
  readonly ref?: Attribute
  /** Attributes of Fn::GetAtt, beside `Arn` where there is one. */
  readonly attributes?: Readonly<Record<string, Attribute>>
}

/** An ARN in the Region and account of the stack. */
export function arnOf(service: string, rest: Attribute): Attribute {
  return resource => `arn:aws:${service}:${resource.region}:${resource.account}:${rest(resource)}`
}

/** The name itself, as an attribute. */
export const nameOf: Attribute = ({ name }) => name

/** Naming of a resource whose generated id is an attribute as well. */
export function idAttribute(attribute: string): Naming {
  return { attributes: { [attribute]: nameOf } }
}

/**
 * A name for a resource that has none in its template, the same each time.
 *
 * @param maxLength a longer name is cut, and ends in a digest
 */
export function physicalName(stack: string, id: string, maxLength: number, suffix = ''): string {
  const name = `${stack}-${id}`
  if (name.length + suffix.length <= maxLength) return name + suffix
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8)
  return `${name.slice(0, maxLength - suffix.length - 9)}-${digest}${suffix}`
}

/** An id in the form of a UUID, the same each time. */
export function physicalId(stack: string, id: string): string {
  const digest = createHash('sha256').update(`${stack}/${id}`).digest('hex')
  return digest.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
