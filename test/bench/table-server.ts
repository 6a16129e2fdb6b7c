/** A circuit table for other processes, and what these need in their environment to find it. */
export interface BenchTable {
  readonly env: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** Starts dynalite in this process, whose clients are all in others. */
export async function startBenchTable(): Promise<BenchTable> {
  // Late, since most runs of the benchmarks need none of it.
  const { fakeCredentials, region, startTable } = await import('@breakwater/local')
  const { name, endpoint, close } = await startTable()
  return {
    env: {
      CIRCUIT_TABLE: name,
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: fakeCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: fakeCredentials.secretAccessKey,
    },
    close,
  }
}
