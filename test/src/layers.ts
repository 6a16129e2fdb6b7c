/** The workspaces whose sources a workspace may import, by folder. */
export type Layers = Readonly<Record<string, readonly string[]>>

const core = ['packages/circuit', 'packages/dynamodb']

/**
 * Who may import whom, from the bottom up. Only what deploys them imports functions/, and nothing imports infra/,
 * the demo or test/.
 */
export const layers: Layers = {
  // Runs in a function.
  'packages/circuit': [],
  'packages/dynamodb': ['packages/circuit'],
  'packages/middy': ['packages/circuit'],
  'packages/guards': ['packages/circuit'],
  'packages/powertools': ['packages/circuit'],

  // Runs in a stack.
  'packages/workflows': core,
  'packages/recycler': [...core, 'packages/guards', 'packages/workflows'],
  'packages/constructs': [...core, 'packages/recycler', 'packages/workflows'],

  // To test with.
  'packages/asl': [],
  'packages/emulator': [...core, 'packages/asl'],
  'packages/simulator': core,

  // Private: what is deployed, what deploys it, and what shows it.
  'functions/*': [
    ...core,
    'packages/guards',
    'packages/middy',
    'packages/powertools',
    'packages/recycler',
    'packages/workflows',
  ],
  statemachines: [...core, 'packages/recycler', 'packages/workflows'],
  'scripts/lowest-node': [],
  infra: [...core, 'packages/constructs', 'packages/workflows', 'functions/*', 'statemachines'],
  'packages/demo': [...core, 'packages/emulator', 'packages/simulator'],
}

/** The workspaces that tests, fixtures and benchmarks may import on top of the row of their own. `test` is tests alone. */
export const testLayers: Layers = {
  'packages/constructs': ['functions/*'],
  'packages/emulator': ['packages/constructs'],
  statemachines: ['packages/asl', 'packages/emulator'],
  test: Object.keys(layers),
}

/** Dependencies that are declared and imported nowhere, with the reason: by `folder dependency`. */
export const declaredOnly: Readonly<Record<string, string>> = {
  'packages/constructs @breakwater/circuit-gate': 'bundled when a stack is synthesised, found by its name',
  'packages/constructs @breakwater/recycle-executor': 'the same',
  'packages/constructs @breakwater/recycle-planner': 'the same',
  'packages/constructs @breakwater/recycle-trigger': 'the same',
  'packages/middy @middy/core':
    'the same as the two below: its shape is written down, and tests hold it against both versions',
  'packages/powertools @aws-lambda-powertools/logger':
    'whatever has its shape is taken; tests hold it against this',
  'packages/powertools @aws-lambda-powertools/metrics': 'the same',
}
