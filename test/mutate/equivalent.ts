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
  {
    file: 'fleet.ts',
    original: 'controlRevision = 0',
    mutated: 'controlRevision = -1',
    why: 'a store without an override has the revision 0, and learning that changes nothing',
  },
  {
    file: 'fleet.ts',
    original: '#copied = 0',
    mutated: '#copied = 1',
    why: 'is not looked at before there is an own copy, which sets it',
  },
  {
    file: 'fleet.ts',
    original: '#copied = 0',
    mutated: '#copied = -1',
    why: 'is not looked at before there is an own copy, which sets it',
  },
  {
    file: 'fleet.ts',
    original: '#latest = 0',
    mutated: '#latest = -1',
    why: 'before the first answer nothing was seen to be in force, so that no state has begun since',
  },
  {
    file: 'fleet.ts',
    original: '#readSentAt = 0',
    mutated: '#readSentAt = 1',
    why: 'any time long ago',
  },
  {
    file: 'fleet.ts',
    original: '#readSentAt = 0',
    mutated: '#readSentAt = -1',
    why: 'any time long ago',
  },
  {
    file: 'fleet.ts',
    original: '#reads = 0',
    mutated: '#reads = 1',
    why: 'is compared with itself, whatever number the first one has',
  },
  {
    file: 'fleet.ts',
    original: '#reads = 0',
    mutated: '#reads = -1',
    why: 'is compared with itself, whatever number the first one has',
  },
  {
    file: 'fleet.ts',
    original: '#changes = 0',
    mutated: '#changes = 1',
    why: 'is compared with itself, whatever number the first one has',
  },
  {
    file: 'fleet.ts',
    original: '#changes = 0',
    mutated: '#changes = -1',
    why: 'is compared with itself, whatever number the first one has',
  },
  {
    file: 'fleet.ts',
    original:
      "const probing = record.state === 'HALF_OPEN' || (record.state === 'OPEN' && now >= record.retryAt)",
    mutated: "const probing = record.state === 'HALF_OPEN' || (true && now >= record.retryAt)",
    why: 'only an open record has an open time; the check of the state is for the types',
  },
  {
    file: 'fleet.ts',
    original:
      "return event.type === 'acquire' ? this.#write(next, 'permit', 2) : this.#write(next, 'outcome', 8)",
    mutated: "return event.type === 'acquire' ? this.#write(next, 'permit', 2) : this.#write(next, \"\", 8)",
    why: 'only a permit and a suspicion are treated apart',
  },
  {
    file: 'fleet.ts',
    original: 'if (this.#revision >= 0) this.#copied = this.record.generation',
    mutated: 'if (this.#revision > 0) this.#copied = this.record.generation',
    why: 'at the revision 0 nothing is stored that an outcome could follow from',
  },
  {
    file: 'fleet.ts',
    original: 'if (this.#revision >= 0) this.#copied = this.record.generation',
    mutated: 'if (this.#revision >= 1) this.#copied = this.record.generation',
    why: 'at the revision 0 nothing is stored that an outcome could follow from',
  },
  {
    file: 'fleet.ts',
    original: 'this.#revision = -1',
    mutated: 'this.#revision = -2',
    why: 'no stored record has either',
  },
  {
    file: 'fleet.ts',
    original: 'this.#store.write(this.#config.circuit, this.record, -1, now),',
    mutated: 'this.#store.write(this.#config.circuit, this.record, -2, now),',
    why: 'no stored record has either',
  },
  {
    file: 'fleet.ts',
    original: 'if (next.generation > this.record.generation && next.generation <= this.#latest)',
    mutated: 'if (next.generation > this.record.generation && true)',
    why: 'of a stored record the next generation is at most one above the latest, which it then stays',
  },
  {
    file: 'fleet.ts',
    original: 'if (result === undefined && next.generation > this.record.generation) {',
    mutated: 'if (true && next.generation > this.record.generation) {',
    why: 'a write that was answered is known of at once, made here or elsewhere',
  },
  {
    file: 'fleet.ts',
    original:
      "if (answer === undefined || record.state !== 'CLOSED' || generation !== record.generation) return",
    mutated: 'if (answer === undefined || false || generation !== record.generation) return',
    why: 'another state has another generation; the check of the state is for the types',
  },
  {
    file: 'fleet.ts',
    original:
      "this.#revision < 0 && stored?.generation === this.#copied && this.#requests.health.isFailing('writes')",
    mutated:
      'this.#revision < 0 && stored?.generation === this.#copied && this.#requests.health.isFailing("")',
    why: 'a read was answered just now, so that only writes can be failing',
  },
  {
    file: 'fleet.ts',
    original: "this.#become(record, 'fleet', here ? 'here' : 'elsewhere', mine ? unsure?.from : undefined)",
    mutated: "this.#become(record, 'fleet', here ? 'here' : 'elsewhere', mine ? unsure.from : undefined)",
    why: "where the record is this environment's, there is one",
  },
  {
    file: 'fleet.ts',
    original:
      'this.#revision >= 0 && stored.generation === record.generation && stored.state === record.state',
    mutated: 'this.#revision > 0 && stored.generation === record.generation && stored.state === record.state',
    why: 'what is stored first has begun before all time, as nothing stored has',
  },
  {
    file: 'fleet.ts',
    original:
      'this.#revision >= 0 && stored.generation === record.generation && stored.state === record.state',
    mutated:
      'this.#revision >= 1 && stored.generation === record.generation && stored.state === record.state',
    why: 'what is stored first has begun before all time, as nothing stored has',
  },
  {
    file: 'shared-gate.ts',
    original: 'if (by < 0) this.#fleet.setBack(by)',
    mutated: 'if (true) this.#fleet.setBack(by)',
    why: 'a step of nothing moves nothing, and none is above it',
  },
  {
    file: 'shared-gate.ts',
    original: 'if (by < 0) this.#fleet.setBack(by)',
    mutated: 'if (by <= 0) this.#fleet.setBack(by)',
    why: 'a step of nothing moves nothing, and none is above it',
  },
  {
    file: 'shared-gate.ts',
    original: 'if (by < 0) this.#fleet.setBack(by)',
    mutated: 'if (by < 1) this.#fleet.setBack(by)',
    why: 'a step of nothing moves nothing, and none is above it',
  },
]
