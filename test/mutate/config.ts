/** Files that `npm run mutate` changes, and the tests that must notice. */
export interface MutationSet {
  readonly files: readonly string[]
  /** Whose tests these are. */
  readonly package: string
  /** Test files in the order in which they run: the first failure ends a mutant, so that the slowest come last. */
  readonly tests: readonly string[]
  /** Whether each test file needs modules of its own. Half of the time of a mutant is loading them. */
  readonly isolate?: boolean
  /** Percent of mutants that must be noticed. */
  readonly atLeast: number
}

/** Sets of files, with the tests that say something about them: a mutant that survives runs all that reach it. */
export const sets: readonly MutationSet[] = [
  {
    // The pure core: whatever is decided about a call or a circuit is decided here.
    files: [
      'packages/circuit/src/machine.ts',
      'packages/circuit/src/admission.ts',
      'packages/circuit/src/judge.ts',
      'packages/circuit/src/shared/cut-times.ts',
      'packages/circuit/src/shared/suspect.ts',
    ],
    package: 'packages/circuit',
    tests: [
      'machine-edges',
      'suspicion-edges',
      'cut-times',
      'low-traffic',
      'resume',
      'run',
      'override',
      'restore',
      'wrong-clock',
      'defects',
      'clock-steps',
      'simulated',
      'machine-model',
      'fleet',
    ],
    atLeast: 95,
  },
  {
    // What an environment keeps for itself, and what it knows of its store.
    files: [
      'packages/circuit/src/local-gate.ts',
      'packages/circuit/src/set-back.ts',
      'packages/circuit/src/shared/store-health.ts',
      'packages/circuit/src/shared/memory-store.ts',
    ],
    package: 'packages/circuit',
    tests: [
      'set-back',
      'shared/store-health',
      'shared/store-requests',
      'store-contract',
      'local-gate',
      'shared/memory-store',
      'low-traffic',
      'resume',
      'run',
      'override',
      'wrong-clock',
      'defects',
      'clock-steps',
      'simulated',
      'fleet',
    ],
    atLeast: 95,
  },
  {
    // What environments do together.
    files: [
      'packages/circuit/src/shared/fleet-counts.ts',
      'packages/circuit/src/shared/shared-gate.ts',
      'packages/circuit/src/shared/fleet.ts',
      'packages/circuit/src/shared/permits.ts',
      'packages/circuit/src/shared/store-requests.ts',
    ],
    package: 'packages/circuit',
    tests: [
      'shared/fleet-counts',
      'shared/shared-gate',
      'shared/store-requests',
      'shared/fleet-edges',
      'shared/fleet',
      'suspicion-edges',
      'low-traffic',
      'resume',
      'override',
      'restore',
      'wrong-clock',
      'defects',
      'simulated',
      'clock-steps',
      'partial-faults',
      'write-faults',
      'retry-after',
      'fleet',
    ],
    atLeast: 95,
  },
  {
    files: ['packages/dynamodb/src/connection.ts', 'packages/dynamodb/src/dynamodb-store.ts'],
    package: 'packages/dynamodb',
    isolate: true,
    tests: [
      'options',
      'no-table',
      'batch',
      'answer',
      'failure',
      'connection-edges',
      'store-edges',
      'dynamodb-store',
      'connection',
      'store-contract',
    ],
    atLeast: 95,
  },
]
