/**
 * Types that declarations of an entry point name and that nobody can import, by entry point. A debt: a name that is
 * exported, or no longer named, is dropped from here, and none is added.
 */
export const forgotten: Readonly<Record<string, readonly string[]>> = {
  asl: ['AdvancingClock'],
  circuit: ['Call', 'MarkedError', 'RecordBase', 'WithoutOrigin'],
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
  emulator: [
    'EventBus',
    'EventSource_2',
    'InvocationError',
    'Parameters_2',
    'Queue',
    'ResourceNames',
    'RestApi',
    'SchedulerOptions',
  ],
  'emulator/testing': ['Input', 'RegionAndAccount', 'Task'],
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
