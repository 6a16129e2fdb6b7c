// The keys under which Powertools' middlewares leave their clean-up for a chain that ends early. They are part of its
// contract with other middlewares (`cleanupMiddlewares` of @aws-lambda-powertools/commons); a dependency on that package
// for four strings would make every user install it.
const keys = ['tracer', 'metrics', 'logger', 'idempotency'].map(name => `powertools-for-aws.${name}`)

/** Flushes metrics, closes the trace segment and so on: an early answer skips the `after` that would do it. */
export async function cleanUp(request: { internal: object }): Promise<void> {
  for (const key of keys) {
    const cleanup = (request.internal as Record<string, unknown>)[key]
    if (typeof cleanup !== 'function') continue
    try {
      await cleanup(request)
    } catch {
      // The caller's answer must not be lost because a flush failed, or because no metric was recorded.
    }
  }
}
