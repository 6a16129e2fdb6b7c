import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionError as DemoError, parseOptions as demo } from '../../packages/demo/src/options.ts'
import {
  OptionError as SimulatorError,
  parseOptions as simulator,
} from '../../packages/simulator/src/cli/options.ts'
import { parseOptions as bench } from '../bench/options.ts'
import { exitCodeOf, OptionError } from '../command-line.ts'
import { parseOptions as fleet } from '../fleet/options.ts'
import { hostileText, largeTexts } from '../hostile.ts'
import { parseOptions as long } from '../long/options.ts'
import { parseOptions as recycle } from '../recycle/options.ts'
import { runs } from '../tier.ts'

const programs: Record<string, (args: readonly string[]) => unknown> = {
  'npm start': demo,
  'the simulator': args => simulator(args, 2, ['breakwater']),
  'npm run bench': bench,
  'npm run fleet': fleet,
  'npm run test:long': args => long(args, []),
  'npm run recycle:soak': recycle,
}
const ownErrors = [DemoError, SimulatorError, OptionError]

const names = [
  ...[
    'seeds',
    'from',
    'size',
    'scenario',
    'breaker',
    'threads',
    'json',
    'html',
    'help',
    'port',
    'rate',
    'once',
  ],
  ...['only', 'share', 'environments', 'max', 'min', 'no-json', '__proto__', 'constructor'],
]
const argument = fc.oneof(
  hostileText,
  fc.constantFrom('--', '-', '-s', '0', '-1', '1', '1e3', '9'.repeat(400), '0x10', '１'),
  fc
    .tuple(fc.constantFrom('--', '-', '--no-'), fc.constantFrom(...names), fc.option(hostileText))
    .map(([dashes, name, value]) => `${dashes}${name}${value === null ? '' : `=${value}`}`),
)

describe('hostile arguments', () => {
  it.each(Object.entries(programs))('are read by %s, or refused in a line', (_, parse) => {
    const read = (args: readonly string[]) => {
      try {
        parse(args)
      } catch (error) {
        if (!ownErrors.some(own => error instanceof own)) throw error
      }
    }
    fc.assert(fc.property(fc.array(argument, { maxLength: 6 }), read), { numRuns: runs(100, 5_000) })
    for (const text of largeTexts) for (const args of [[text], [`--${text}`], ['--seeds', text]]) read(args)
  })

  it('put no control character on the terminal', async () => {
    let written = ''
    const stderr = { write: (text: string) => (written += text) }
    const program = async () => recycle(['--\u001b[2J\u009b\u202e']) && 0
    expect(await exitCodeOf(program, stderr)).toBe(2)
    expect(written).toContain('\\u001b[2J\\u009b\\u202e')
    expect(written.trimEnd()).not.toMatch(/[\p{Control}\u202e]/u)
  })
})
