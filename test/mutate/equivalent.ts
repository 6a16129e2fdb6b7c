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
]
