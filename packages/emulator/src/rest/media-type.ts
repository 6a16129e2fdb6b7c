/** The media type of a request or a template, without parameters; JSON where none is given. */
export function mediaType(contentType: string | undefined): string {
  return (contentType ?? 'application/json').split(';')[0]!.trim().toLowerCase()
}
