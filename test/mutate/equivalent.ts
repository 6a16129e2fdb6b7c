/** A mutant that no test can notice, as `npm run mutate` prints it. */
export interface Equivalent {
  /** File name without its folder. */
  readonly file: string
  readonly original: string
  readonly mutated: string
  readonly why: string
}

/** Mutants that do what the original does, whatever comes in. They are listed and not counted. */
export const equivalents: readonly Equivalent[] = [
  {
    file: 'machine.ts',
    original: "if (record.state === 'OPEN' || event.type !== 'probe') return record",
    mutated: "if (record.state === 'OPEN' || false) return record",
    why: 'what is left is a trip, which holds no lease: the next check returns the record; this one is for the types',
  },
  {
    file: 'admission.ts',
    original: "if (!record.recovering) return 'pass'",
    mutated: 'if (!record.recovering) return ""',
    why: 'callers look for reject and probe, and let the rest pass',
  },
  {
    file: 'admission.ts',
    original: "return random() < admittedShare(record, policy, now) ? 'pass' : 'reject'",
    mutated: 'return random() < admittedShare(record, policy, now) ? "" : \'reject\'',
    why: 'callers look for reject and probe, and let the rest pass',
  },
  {
    file: 'judge.ts',
    original:
      "return record.state === 'CLOSED' && record.recovering && now < record.since + policy.recoveryMs",
    mutated: 'return true && record.recovering && now < record.since + policy.recoveryMs',
    why: 'only closed records recover; the check of the state is for the types',
  },
  {
    file: 'suspect.ts',
    original: "return record.state === 'CLOSED' && now < record.suspectUntil",
    mutated: 'return true && now < record.suspectUntil',
    why: 'only a closed circuit is suspect; the check of the state is for the types',
  },
  {
    file: 'suspect.ts',
    original:
      'const reports = Math.max(sums.environments, policy.consecutiveFailures > 0 ? policy.minimumCalls : 0)',
    mutated:
      'const reports = Math.max(sums.environments, policy.consecutiveFailures > 0 ? policy.minimumCalls : -1)',
    why: 'no fewer than 0 environments report',
  },
  {
    file: 'suspect.ts',
    original: 'const inARow = sums.failures === sums.calls ? sums.failures : 0',
    mutated: 'const inARow = sums.failures === sums.calls ? sums.failures : -1',
    why: 'a row is compared with numbers of failures above 0',
  },
  {
    file: 'local-gate.ts',
    original: 'let leases = 0',
    mutated: 'let leases = 1',
    why: 'each number is given once, whatever the first one is',
  },
  {
    file: 'local-gate.ts',
    original: 'let leases = 0',
    mutated: 'let leases = -1',
    why: 'each number is given once, whatever the first one is',
  },
  {
    file: 'shared-gate.ts',
    original:
      'if (fleet.controlRevision === before || revision > fleet.controlRevision) fleet.learn(control, revision)',
    mutated:
      'if (fleet.controlRevision === before || revision >= fleet.controlRevision) fleet.learn(control, revision)',
    why: 'a read that has shown this very override has taught the same',
  },
  {
    file: 'fleet-counts.ts',
    original: 'failed = false',
    mutated: 'failed = true',
    why: 'a call that began before all time is never counted',
  },
  {
    file: 'fleet-counts.ts',
    original: 'slow = false',
    mutated: 'slow = true',
    why: 'a call that began before all time is never counted',
  },
  {
    file: 'fleet-counts.ts',
    original: '#sums: (readonly [slice: string, Report])[] = []',
    mutated: '#sums: (readonly [slice: string, Report])[] = ["Stryker was here"]',
    why: 'what is put there has the name of no slice',
  },
  {
    file: 'fleet-counts.ts',
    original: "if (record.state !== 'CLOSED') return 0",
    mutated: 'if (false) return 0',
    why: 'only a closed circuit is suspect; the check of the state is for the types',
  },
  {
    file: 'fleet-counts.ts',
    original: "if (record.state !== 'CLOSED') return 0",
    mutated: "if (record.state !== 'CLOSED') return 1",
    why: 'only a closed circuit is suspect; the check of the state is for the types',
  },
  {
    file: 'fleet-counts.ts',
    original: "if (record.state !== 'CLOSED') return 0",
    mutated: "if (record.state !== 'CLOSED') return -1",
    why: 'only a closed circuit is suspect; the check of the state is for the types',
  },
  {
    file: 'store-health.ts',
    original: 'failedAfter = 0',
    mutated: 'failedAfter = 1',
    why: 'is not looked at before the first failure, which sets it',
  },
  {
    file: 'store-health.ts',
    original: 'failedAfter = 0',
    mutated: 'failedAfter = -1',
    why: 'is not looked at before the first failure, which sets it',
  },
  {
    file: 'store-health.ts',
    original: '#sent = 0',
    mutated: '#sent = 1',
    why: 'requests are compared with each other, whatever number the first one has',
  },
  {
    file: 'store-health.ts',
    original: '#sent = 0',
    mutated: '#sent = -1',
    why: 'requests are compared with each other, whatever number the first one has',
  },
  {
    file: 'store-health.ts',
    original: '#awayShare = 0',
    mutated: '#awayShare = 1',
    why: 'is not looked at before the store seems to be away, which sets it',
  },
  {
    file: 'store-health.ts',
    original: '#awayShare = 0',
    mutated: '#awayShare = -1',
    why: 'is not looked at before the store seems to be away, which sets it',
  },
]
