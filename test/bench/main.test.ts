import { expect, it } from 'vitest'
import type { Verdict } from './claims.ts'
import { main } from './main.ts'

function streams() {
  const written = { stdout: '', stderr: '' }
  const into = (name: keyof typeof written) => ({ write: (text: string) => (written[name] += text) })
  return { written, stdout: into('stdout'), stderr: into('stderr') }
}

it('the benchmark refuses a bad command line by exit code 2, and says so on standard error', async () => {
  const { written, ...both } = streams()
  expect(await main(['--rounds', 'x'], both)).toBe(2)
  expect(written).toEqual({
    stdout: '',
    stderr: '--rounds must be a whole number from 1 to 1000, got "x"\n',
  })
})

it('the benchmark shows its help', async () => {
  const { written, ...both } = streams()
  expect(await main(['--help'], both)).toBe(0)
  expect(written.stdout).toContain('Usage: npm run bench')
  expect(written.stderr).toBe('')
})

it('the benchmark measures what is asked for, and prints JSON only', async () => {
  const { written, ...both } = streams()
  const args = ['--only', 'retry', '--warm-up', '1', '--rounds', '1', '--processes', '1', '--json']
  const code = await main(args, both)
  const { calls, machine, claims } = JSON.parse(written.stdout)
  expect(calls.map(({ library }: { library: string }) => library)).toEqual(['breakwater', 'cockatiel'])
  const figures = ['ratio', 'ns', 'bareNs', 'bytes', 'bareBytes', 'toFirst']
  for (const call of calls) expect(Object.keys(call)).toEqual(expect.arrayContaining(figures))
  expect(machine.versions).toHaveProperty('cockatiel')
  const judged = claims.filter(({ verdict }: { verdict?: unknown }) => verdict)
  expect(judged).toHaveLength(3)
  expect(code).toBe(judged.every(({ verdict }: { verdict: Verdict }) => verdict.holds) ? 0 : 1)
}, 60_000)
