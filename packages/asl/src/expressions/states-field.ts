/** What `$states` holds where an expression stands. */
export type StatesField = 'input' | 'context' | 'result' | 'errorOutput'
