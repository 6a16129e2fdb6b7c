import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { Summary } from '@breakwater/demo'
import { afterAll, describe, type ExpectStatic, test } from 'vitest'
import { tier } from '../tier.ts'

const root = new URL('../..', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))

/** A child process and what it has said so far. */
class Run {
  readonly stdout: string[] = []
  readonly stderr: string[] = []
  readonly #child: ChildProcess
  readonly #closed: Promise<unknown>

  constructor(command: string, args: readonly string[]) {
    // Its own process group, as under a shell: a signal to the group is what Ctrl-C sends.
    this.#child = spawn(command, args, { cwd: root, detached: true, env: clean(process.env) })
    this.#closed = once(this.#child, 'close')
    for (const name of ['stdout', 'stderr'] as const) {
      const input = this.#child[name]
      if (input) createInterface({ input }).on('line', line => this[name].push(line))
    }
  }

  /** The exit code, once all its output has been read. */
  async code(): Promise<number | null> {
    await this.#closed
    return this.#child.exitCode
  }

  /** The first line that fits; rejects if the process ends without it. */
  async line(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray> {
    for (let ended = false; ; ended = await this.#pause()) {
      for (const line of this[stream]) {
        const found = pattern.exec(line)
        if (found) return found
      }
      if (ended) throw new Error(`no line like ${pattern} in:\n${this[stream].join('\n')}`)
    }
  }

  /** To the whole group, as a terminal does at Ctrl-C. */
  ctrlC(): void {
    process.kill(-(this.#child.pid ?? 0), 'SIGINT')
  }

  /** To the one process that was started, as a supervisor does. */
  terminate(): void {
    this.#child.kill('SIGTERM')
  }

  /** Whether any process of the group is left. */
  get alive(): boolean {
    try {
      return process.kill(-(this.#child.pid ?? 0), 0)
    } catch {
      return false
    }
  }

  kill(): void {
    if (this.alive) process.kill(-(this.#child.pid ?? 0), 'SIGKILL')
  }

  #pause(): Promise<boolean> {
    return Promise.race([
      this.#closed.then(() => true),
      new Promise<boolean>(resolve => setTimeout(resolve, 20, false)),
    ])
  }
}

/** Without what vitest and npm set for their own children. */
function clean(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) => !/^(npm_|VITEST|NODE_ENV|NODE_OPTIONS|FORCE_COLOR)/.test(name),
  )
  return Object.fromEntries(kept)
}

/** Whether there is a curl that signs: the printed lines are run by it. */
const signs = /--aws-sigv4/.test(spawnSync('curl', ['--help', 'all'], { encoding: 'utf8' }).stdout ?? '')

/** The request that a configuration file of curl holds. */
function requestIn(config: string): { method: 'POST'; headers: Record<string, string>; body: string } {
  const values = (name: string) =>
    Array.from(config.matchAll(new RegExp(`^${name} = (".*")$`, 'gm')), ([, value = '']) => JSON.parse(value))
  const headers = values('header').map((header: string) => header.split(': ', 2))
  return { method: 'POST', headers: Object.fromEntries(headers), body: values('data').join('') }
}

const runs: Run[] = []
afterAll(() => {
  for (const run of runs.splice(0)) run.kill()
})

function start(command: string, args: readonly string[]): Run {
  const run = new Run(command, args)
  runs.push(run)
  return run
}

/** As a user starts it. */
const npmStart = (...args: string[]) => start('npm', ['start', '--', ...args])

/** The command behind `npm start`, without npm and the shell in between, which have exit codes of their own at a signal. */
const nodeStart = (...args: string[]) =>
  start(process.execPath, [...manifest.scripts.start.split(' ').slice(1), ...args])

/** Holds the summary of a demonstration, and what was printed on the way, against what is promised. */
function expectOutageSurvived(run: Run, summary: Summary, expect: ExpectStatic): void {
  expect({ ok: summary.ok, printed: run.stderr }).toMatchObject({ ok: true })
  const keys = ['ok', 'environments', 'transitions', 'calls', 'provider', 'store', 'workflows', 'recycle']
  expect(Object.keys(summary)).toEqual(keys)

  const { environments, transitions, calls, provider, store, workflows } = summary
  expect(environments).toBeGreaterThanOrEqual(4)
  expect(transitions.map(({ to }) => to).slice(0, 2)).toEqual(['OPEN', 'HALF_OPEN'])
  expect(transitions.at(-1)?.to).toBe('CLOSED')
  expect(transitions.map(({ generation }) => generation)).toEqual(transitions.map((_, i) => i + 1))
  for (const transition of transitions) {
    expect(Object.keys(transition)).toEqual([
      'at',
      'circuit',
      'from',
      'to',
      'generation',
      'environment',
      'reason',
    ])
  }
  expect(calls.succeeded + calls.failed + calls.rejected).toBe(calls.sent)
  expect(calls.fallbacks).toBe(calls.failed + calls.rejected)
  expect(calls.rejected).toBeGreaterThan(calls.failed)
  expect(workflows.succeeded + workflows.failed + workflows.circuitOpen).toBe(workflows.started)
  expect(workflows.byStatusCode).toMatchObject({ 200: workflows.succeeded, 503: workflows.circuitOpen })
  // Charges of orders are made once. Those of workflows are retried, by no more than their few attempts.
  expect(provider.received).toBeLessThanOrEqual(calls.succeeded + calls.failed + 4 * workflows.started)
  const { skipped, ...recycle } = summary.recycle!
  expect(recycle).toEqual({ secret: 'shop/database', candidates: 5, stale: 4, recycled: 2, failed: 0 })
  expect(skipped.map(({ service, reason }) => `${service}: ${reason}`).sort()).toEqual([
    'audit-log: pinned-version',
    'ledger: code-deploy',
    'reports: not-opted-in',
  ])
  expect(store.reads).toBeGreaterThan(0)
  expect(store.writes).toBeGreaterThan(0)

  const printed = run.stderr.join('\n')
  expect(printed).not.toContain('\u001b')
  // Without the line of each second, whose number is up to the machine.
  expect(run.stderr.filter(line => !/^ +\d+s {2}/.test(line)).length).toBeLessThan(80)
  // The turning points of the demonstration; whether a phase lasts long enough for a line of its own is up to the machine.
  for (const turn of [
    'the provider is well',
    'the provider goes down',
    'fallbacks answer',
    'the provider is well again',
    'half-open again',
    'traffic is let in little by little',
    'traffic flows in full',
    'the secret is rotated',
    'recycled, as the canary',
  ]) {
    expect(printed).toContain(turn)
  }
  expect(printed).toMatch(/^ +\d+s {2}slow start +CLOSED/m)
}

/** Uses what is served after the demonstration, by the addresses that were printed, and ends it by Ctrl-C. */
async function expectServing(run: Run, expect: ExpectStatic): Promise<void> {
  const [order, fault, health] = [
    await run.line('stderr', /curl -i (\S+\/orders) -K (\S+)/),
    await run.line('stderr', /curl -X PUT (\S+) -d '(.+)'/),
    await run.line('stderr', /curl (\S+\/health)/),
  ]
  const [, signature = ''] = await run.line('stderr', /curl -i (--aws-sigv4 .*) \\$/)
  const [, path = '', url = ''] = await run.line('stderr', /-K (\S+) (\S+\/guarded-call)/)
  const file = order[2] ?? ''
  const post = ([, url = '', path = '']: RegExpExecArray) =>
    fetch(url, requestIn(readFileSync(new URL(path, root), 'utf8')))
  expect((await post(order)).status).toBe(201)
  if (signs) {
    const line = ['-s', '-i', ...signature.split(' '), '-K', path, url]
    const { stdout } = await promisify(execFile)('curl', line, { cwd: root })
    expect(stdout).toMatch(/^HTTP\/1.1 200 /)
  }
  expect((await fetch(url, requestIn(readFileSync(new URL(path, root), 'utf8')))).status).toBe(403)
  expect((await fetch(fault[1] ?? '', { method: 'PUT', body: fault[2] ?? '' })).status).toBe(200)
  expect((await post(order)).status).toBe(202)
  expect((await fetch(health[1] ?? '')).status).toBe(200)

  run.ctrlC()
  expect(await run.code()).toBe(0)
  expect(run.alive).toBe(false)
  expect(existsSync(new URL(file, root))).toBe(false)
  // What is to be copied fits an ordinary terminal.
  const width = (line: string) => (/ -K |curl |^To try/.test(line) ? 80 : 100)
  expect(run.stderr.filter(line => line.length > width(line) && !/^>|^The outage/.test(line))).toEqual([])
  await expect(fetch(health[1] ?? '')).rejects.toThrow('fetch failed')
}

test.concurrent('an outage is played, survived and summed up, and it goes on serving until Ctrl-C', {
  timeout: 240_000,
}, async ({ expect }) => {
  const run = nodeStart('--json')
  const [summary] = await run.line('stdout', /^\{.*\}$/)
  expectOutageSurvived(run, JSON.parse(summary), expect)
  await expectServing(run, expect)
})

describe.runIf(tier === 'long').concurrent('Ctrl-C in the midst of the outage', () => {
  test.concurrent.for([
    { args: [], stream: 'stdout', code: 0 },
    { args: ['--once', '--json'], stream: 'stderr', code: 1 },
  ] as const)(
    'with $args ends everything with code $code',
    { timeout: 120_000 },
    async ({ args, stream, code }, { expect }) => {
      const run = nodeStart(...args)
      await run.line(stream, /^ +1s {2}healthy/)
      run.ctrlC()
      expect(await run.code()).toBe(code)
      expect(run.alive).toBe(false)
      if (args.length > 0) expect(JSON.parse(run.stdout.at(-1) ?? '')).toMatchObject({ ok: false })
    },
  )
})

test.concurrent('a supervisor that ends npm ends everything', { timeout: 120_000 }, async ({ expect }) => {
  const run = npmStart('--environments', '4', '--rate', '20')
  await run.line('stdout', /^ +1s {2}healthy/)
  run.terminate()
  // Its output is at an end only once no process is left that could write to it.
  await run.code()
  expect(run.stdout).toContain('stopped before the demonstration was over')
})

test.concurrent('an option that makes no sense is exit code 2', async ({ expect }) => {
  const run = npmStart('--port', 'http')
  expect(await run.code()).toBe(2)
  expect(run.stderr).toContain('--port must be a whole number from 0 to 65535, got "http"')
})

test.runIf(tier === 'long')(
  'with --once it ends by itself, with code 0',
  { timeout: 240_000 },
  async ({ expect }) => {
    const run = npmStart('--once', '--json')
    expect(await run.code()).toBe(0)
    expectOutageSurvived(run, JSON.parse(run.stdout.at(-1) ?? ''), expect)
  },
)
