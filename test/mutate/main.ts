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
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'
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

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const files = positionals.length > 0 ? positionals : config.files

await addMutators()
const stryker = new Stryker({
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'test/mutate/vitest.config.ts', related: false },
  coverageAnalysis: 'perTest',
  mutate: files,
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
  reporters: process.stdout.isTTY && !values.json ? ['progress'] : [],
  thresholds: { high: 100, low: 100, break: null },
})
const results = await stryker.runMutationTest()

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

if (values.json) {
  console.log(
    JSON.stringify(
      { score, atLeast: config.atLeast, killed, total, survivors, equivalent, outdated },
      null,
      2,
    ),
  )
} else {
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
process.exitCode = score < config.atLeast ? 1 : 0
