import type { BreakerFactory } from '@breakwater/simulator'
import { CockatielBreaker, withVirtualDate } from './cockatiel.ts'
import { ShareOpenBreaker } from './share-open.ts'
import { WriteEveryCallBreaker } from './write-every-call.ts'

/** The circuit breakers that Breakwater is compared with. Workers of a run load them by this name. */
export const breakers: readonly BreakerFactory[] = [
  { name: 'cockatiel', create: context => new CockatielBreaker(context), wrapRun: withVirtualDate },
  { name: 'share-open', create: context => new ShareOpenBreaker(context) },
  { name: 'write-every-call', create: context => new WriteEveryCallBreaker(context) },
]

/** This module, for `runAll` and `main`. */
export const breakersModule = new URL(import.meta.url)
