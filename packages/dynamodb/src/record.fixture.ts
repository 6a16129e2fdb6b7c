/** A record with a value of its own in every field. */
export const openRecord = {
  state: 'OPEN',
  generation: 1,
  since: 2,
  openings: 1,
  environment: 'e',
  retryAt: 3,
  reason: 'relapse',
} as const
