import type { BreakerFactory } from '../fleet/breaker.ts'

const none: BreakerFactory = {
  name: 'none',
  create: () => ({
    state: 'c',
    run: call =>
      call().then(
        () => 'success',
        () => 'failure',
      ),
  }),
}

/** The custom breakers of a module, as a worker loads them. */
export const breakers = [none]
