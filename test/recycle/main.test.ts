import { expect, it } from 'vitest'
import { main, type SeedResult } from './main.ts'

async function soak(args: readonly string[], play: (seed: number) => Omit<SeedResult, 'seed'>) {
  const written = { stdout: '', stderr: '' }
  const seeds: number[] = []
  let open = 0
  const code = await main(args, {
    stdout: { write: text => (written.stdout += text) },
    stderr: { write: text => (written.stderr += text) },
    thread() {
      open++
      return {
        async play(seed) {
          seeds.push(seed)
          return { seed, ...play(seed) }
        },
        close: async () => open--,
      }
    },
  })
  return { code, seeds, open, ...written }
}

it('plays each seed once, names those that broke something, and fails', async () => {
  const found = await soak(['--seeds', '5', '--first', '10'], seed => ({
    problems: seed === 12 ? ['a service is stale'] : [],
    updates: 3,
  }))
  expect(found).toMatchObject({ code: 1, open: 0, stdout: 'seed 12:\n  a service is stale\n' })
  expect(found.seeds.toSorted()).toEqual([10, 11, 12, 13, 14])
  expect(found.stderr).toMatch(/^5 runs in \d+ s, 15 recycles, 1 with something broken\n$/)
})

it('died of --help with a stack trace: helps, and plays nothing', async () => {
  const { code, seeds, stdout, stderr } = await soak(['--help'], () => ({ problems: [], updates: 0 }))
  expect([code, seeds, stderr]).toEqual([0, [], ''])
  expect(stdout).toContain('Usage: npm run recycle:soak')
})

it.each([
  [['--seeds', 'x'], '--seeds must be a whole number from 1 to 1000000000, got "x"\n'],
  [['--tens'], "Unknown option '--tens'. Allowed are --seeds, --first, --help\n"],
  [['7'], 'Allowed are --seeds'],
])('refuses %j by exit code 2', async (args, message) => {
  const { code, seeds, stderr } = await soak(args, () => ({ problems: [], updates: 0 }))
  expect([code, seeds]).toEqual([2, []])
  expect(stderr).toContain(message)
})
