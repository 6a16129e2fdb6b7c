/** A response, of which everything is unproven: of fetch, or of node-fetch with a stream of Node's. */
interface Answer {
  readonly body?: {
    cancel?(): Promise<void>
    destroy?(): unknown
  } | null
}

/** Cancels the body of a response that will not be read, and so frees its connection. A reader that has begun goes on. */
export function discard(response: Answer | undefined): void {
  const body = response?.body
  // A body that is being read refuses, and one that broke off says so once more.
  if (body?.cancel) body.cancel().catch(() => {})
  else body?.destroy?.()
}

/** Whether an answer stands in place of a response, and does not pass on its body: `new Response(response.body)`. */
export function replaces(answer: Answer | unknown, response: Answer | undefined): boolean {
  return answer !== response && (!response?.body || (answer as Answer | undefined)?.body !== response.body)
}
