/**
 * Types that declarations of an entry point name and that cannot be imported, by entry point. A debt: a name that is
 * exported, or no longer named, is dropped from here, and none is added.
 */
export const forgotten: Readonly<Record<string, readonly string[]>> = {
  circuit: ['MarkedError', 'RecordBase'],
  constructs: ['CircuitTableBase'],
  dynamodb: ['Client', 'ClientGiven', 'ClientOwn', 'CommonOptions'],
  'dynamodb/connection': [
    'CheckedOptions',
    'ClientGiven',
    'ClientOwn',
    'CommonOptions',
    'Operation',
    'Operations',
    'LoadedSdk',
  ],
  'emulator/testing': ['Task'],
  recycler: [
    'AuditAct',
    'EcsAction',
    'ExecutionRecord',
    'LabelChangeRef',
    'ReferenceUse',
    'RunRecord',
    'Situation',
    'Span',
    'UnreadableReference',
    'Versioned',
  ],
  'recycler/functions': ['AttentionNotice', 'ChangedNotice', 'IgnoredNotice', 'MalformedNotice'],
  'recycler/workflow': ['LabelChangeRef'],
  simulator: ['Stream', 'figures'],
  workflows: ['Common', 'ErrorHandling', 'Results', 'Transition', 'lintRules'],
  'workflows/client': ['CommonOptions', 'ExistingClient', 'OwnClients'],
}
