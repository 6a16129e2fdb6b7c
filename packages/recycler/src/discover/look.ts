import { type EcsCalls, isRefused, reasonOf } from './ecs-calls.ts'

/** What the parts of a discovery share. */
export interface Look {
  readonly calls: EcsCalls
  /** Most calls under way at a time. */
  readonly concurrency: number
  readonly problems: Set<string>
}

/** Does something that ECS may refuse to answer, which then is a problem that is told rather than the end of it all. */
export async function unlessRefused<T>(
  { problems }: Look,
  what: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!isRefused(error)) throw error
    problems.add(`${what}: ${reasonOf(error)}`)
    return undefined
  }
}
