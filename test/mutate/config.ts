/** Settings of `npm run mutate`: the files it changes, whose tests must notice, and the score it demands. */
export const config = {
  /** The pure core: whatever is decided about a call or a circuit is decided here. */
  files: [
    'packages/circuit/src/machine.ts',
    'packages/circuit/src/admission.ts',
    'packages/circuit/src/judge.ts',
    'packages/circuit/src/shared/cut-times.ts',
    'packages/circuit/src/shared/suspect.ts',
  ],
  /** Whose tests have to notice; Stryker runs for each mutant only those that reach it. */
  package: 'packages/circuit',
  /** Percent of mutants that must be noticed. */
  atLeast: 90,
}
