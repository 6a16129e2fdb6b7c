/**
 * Changes the pure core in small ways, one at a time, in a copy, and tells which changes no test notices.
 *
 *     npm run mutate                                      all files of config.ts
 *     npm run mutate -- packages/circuit/src/admission.ts      one file
 *     npm run mutate -- --json                            for programs
 */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, relative } from 'node:path'
import { Stryker } from '@stryker-mutator/core'
import { exitCodeOf, readArguments } from '../command-line.ts'
import { config } from './config.ts'
import { equivalents } from './equivalent.ts'
import { addMutators } from './mutators.ts'

type LogLevel = NonNullable<NonNullable<ConstructorParameters<typeof Stryker>[0]>['logLevel']>
type Result = Awaited<ReturnType<Stryker['runMutationTest']>>[number]

/** One mutant as it is shown: the whole lines, so that it can be told apart without counting columns. */
interface Shown {
  readonly file: string
  readonly line: number
  readonly original: string
  readonly mutated: string
}

const sources = new Map<string, string[]>()

function show({ fileName, location: { start, end }, replacement }: Result): Shown {
  const lines = sources.get(fileName) ?? readFileSync(fileName, 'utf8').split('\n')
  sources.set(fileName, lines)
  const text = lines.slice(start.line - 1, end.line).join('\n')
  const head = lines[start.line - 1]!.slice(0, start.column - 1)
  const tail = lines[end.line - 1]!.slice(end.column - 1)
  const file = relative(process.cwd(), fileName).replaceAll('\\', '/')
  return { file, line: start.line, original: squeeze(text), mutated: squeeze(head + replacement + tail) }
}

function squeeze(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

const helpText = `Changes the pure core in small ways, one at a time, in a copy, and tells which changes no test notices.

Usage: npm run mutate -- [FILE ...] [options]

  FILE     change these only, such as packages/circuit/src/admission.ts (default: those of test/mutate/config.ts)
  --json   print the result as JSON on standard output
  --help   show this

Exit code 1 if tests notice less than ${config.atLeast} % of the changes.`

/** Runs the tests against every change of the files. */
async function mutantsOf(files: readonly string[], reporters: string[]): Promise<Result[]> {
  await addMutators()
  const stryker = new Stryker({
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'test/mutate/vitest.config.ts', related: false },
    coverageAnalysis: 'perTest',
    mutate: [...files],
    // Files that the copy needs. TypeScript 7 has no API to read a tsconfig with, and nothing here needs one.
    ignorePatterns: [
      '**',
      `!${config.package}/**`,
      '!test/mutate/**',
      '!test/tier.ts',
      '!vitest.config.ts',
      '!tsconfig.base.json',
      '**/dist/**',
    ],
    tsconfigFile: 'none',
    tempDirName: '.cache/mutate',
    cleanTempDir: 'always',
    concurrency: availableParallelism(),
    logLevel: 'error' as LogLevel,
    reporters,
    thresholds: { high: 100, low: 100, break: null },
  })
  return stryker.runMutationTest()
}

/** What the tests made of the changes, for programs and readers. */
function judge(results: readonly Result[], files: readonly string[]) {
  const noticed = results.filter(({ status }) => status === 'Killed' || status === 'Timeout')
  const unnoticed = results.filter(({ status }) => status === 'Survived' || status === 'NoCoverage').map(show)
  const reasonFor = (one: Shown) =>
    equivalents.find(
      ({ file, original, mutated }) =>
        file === basename(one.file) && original === one.original && mutated === one.mutated,
    )
  const survivors = unnoticed.filter(one => !reasonFor(one))
  const equivalent = unnoticed.flatMap(one => {
    const reason = reasonFor(one)
    return reason ? [{ ...one, why: reason.why }] : []
  })
  const outdated = equivalents.filter(
    entry =>
      files.some(file => basename(file) === entry.file) && !unnoticed.some(one => reasonFor(one) === entry),
  )
  const killed = noticed.length
  const total = killed + survivors.length
  // Rounded down: 89.9 is not 90.
  const score = total === 0 ? 0 : Math.floor((100 * killed) / total)
  return { score, atLeast: config.atLeast, killed, total, survivors, equivalent, outdated }
}

function print({ score, killed, total, survivors, equivalent, outdated }: ReturnType<typeof judge>): void {
  for (const { file, line, original, mutated } of survivors) {
    console.log(`survived   ${file}:${line}  ${original}  ->  ${mutated}`)
  }
  for (const { file, line, original, mutated, why } of equivalent) {
    console.log(`equivalent ${file}:${line}  ${original}  ->  ${mutated}  (${why})`)
  }
  for (const { file, original, mutated } of outdated) {
    console.log(`outdated in equivalent.ts: ${file}  ${original}  ->  ${mutated}`)
  }
  console.log(
    `score ${score} % (${killed}/${total}, timeouts count as killed; ${equivalent.length} equivalent not counted)`,
  )
}

process.exitCode = await exitCodeOf(async () => {
  const flags = { json: { type: 'boolean' }, help: { type: 'boolean' } } as const
  const { values, positionals } = readArguments(process.argv.slice(2), flags, Infinity)
  if (values.help) {
    console.log(helpText)
    return 0
  }
  const files = positionals.length > 0 ? positionals : config.files
  // Before the first mutant, all tests run once as they are.
  console.error(`mutating ${files.length} files; the tests run unchanged first`)
  const reporters = [process.stdout.isTTY ? 'progress' : 'progress-append-only']
  const judged = judge(await mutantsOf(files, values.json ? [] : reporters), files)
  if (values.json) console.log(JSON.stringify(judged, null, 2))
  else print(judged)
  return judged.score < config.atLeast ? 1 : 0
}, process.stderr)
