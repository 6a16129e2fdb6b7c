import { Callable, toText } from './java.ts'

const short: Record<string, string> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  "'": "\\'",
  '\\': '\\\\',
  '/': '\\/',
}

/** What API Gateway offers templates as `$util`. */
export class Util extends Callable {
  /**
   * Text for a JavaScript string. In JSON `\'` is not allowed: templates add `.replaceAll("\\'", "'")`, as the service
   * wants it too.
   */
  escapeJavaScript = (_: unknown, value: unknown): string =>
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to be escaped
    toText(value).replace(/[\u0000-\u001f"'\\/\u007f-\uffff]/g, one => short[one] ?? unicode(one))

  parseJson = (_: unknown, text: unknown): unknown => JSON.parse(toText(text))

  urlEncode = (_: unknown, value: unknown): string =>
    new URLSearchParams([['', toText(value).toWellFormed()]]).toString().slice(1)

  urlDecode = (_: unknown, value: unknown): string => decodeURIComponent(toText(value).replaceAll('+', ' '))

  base64Encode = (_: unknown, value: unknown): string => Buffer.from(toText(value)).toString('base64')

  base64Decode = (_: unknown, value: unknown): string => Buffer.from(toText(value), 'base64').toString()
}

function unicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
}
