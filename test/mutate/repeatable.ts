import fc from 'fast-check'

// The same inputs for every mutant and in every run: a score that chance decides says nothing.
fc.configureGlobal({ seed: 1 })
