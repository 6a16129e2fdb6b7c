/** A response: of fetch, or of node-fetch, whose body is a stream of Node's. No field is sure to be there. */
interface ResponseLike {
  readonly body?: {
    cancel?(): Promise<void>
    destroy?(): unknown
  } | null
}

/** Cancels the body of a response that will not be read, and so frees its connection. A body that is being read already is left to its reader. */
export function discard(response: ResponseLike | undefined): void {
  const body = response?.body
  // `cancel` rejects for a body that is being read, and for one that broke off.
  if (body?.cancel) body.cancel().catch(() => {})
  else body?.destroy?.()
}

/** True if an answer replaces a response without passing on its body, as `new Response(response.body)` would. */
export function replaces(answer: unknown, response: ResponseLike | undefined): boolean {
  return (
    answer !== response && (!response?.body || (answer as ResponseLike | undefined)?.body !== response.body)
  )
}
