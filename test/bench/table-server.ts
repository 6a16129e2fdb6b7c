/** A circuit table for other processes, and what these need in their environment to find it. */
export interface BenchTable {
  readonly env: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** Starts dynalite in this process, whose clients are all in others. */
export async function startBenchTable(): Promise<BenchTable> {
  // Late, since most runs of the benchmarks need none of it.
  const { fakeCredentials, startDynalite } = await import('@breakwater/emulator')
  const { createCircuitTable } = await import('@breakwater/dynamodb')
  const name = 'circuits'
  const region = 'eu-west-1'
  const { endpoint, close } = await startDynalite(0, region, async client => {
    await createCircuitTable(client, name)
  })
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
