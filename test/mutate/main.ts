/**
 * Changes the files that decide in small ways, one at a time, in a copy, and tells which changes no test notices.
 *
 *     npm run mutate                                      all files of config.ts
 *     npm run mutate -- packages/circuit/src/admission.ts      one file
 *     npm run mutate -- packages/circuit/src/admission.ts:20-40      some of its lines
 *     npm run mutate -- --json                            for programs
 */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, relative, resolve } from 'node:path'
import { Stryker } from '@stryker-mutator/core'
import { exitCodeOf, OptionError, readArguments } from '../command-line.ts'
import { type MutationSet, sets } from './config.ts'
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

/** The lines of a file as they were when they were first asked for: it may be edited while its mutants run. */
function linesOf(fileName: string): string[] {
  const lines = sources.get(fileName) ?? readFileSync(fileName, 'utf8').split('\n')
  sources.set(fileName, lines)
  return lines
}

function show({ fileName, location: { start, end }, replacement }: Result): Shown {
  const lines = linesOf(fileName)
  const text = lines.slice(start.line - 1, end.line).join('\n')
  const head = lines[start.line - 1]!.slice(0, start.column - 1)
  const tail = lines[end.line - 1]!.slice(end.column - 1)
  const file = relative(process.cwd(), fileName).replaceAll('\\', '/')
  return { file, line: start.line, original: squeeze(text), mutated: squeeze(head + replacement + tail) }
}

function squeeze(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

const helpText = `Changes the files that decide in small ways, one at a time, in a copy, and tells which changes no test notices.

Usage: npm run mutate -- [FILE ...] [options]

  FILE     change these only, such as packages/circuit/src/admission.ts, or some lines, as in
           packages/circuit/src/admission.ts:20-40 (default: the files of test/mutate/config.ts)
  --json   print the result as JSON on standard output
  --help   show this

Exit code 1 if tests notice less of the changes of a file than config.ts demands.`

/** Runs the tests of a set against every change of some of its files. */
async function mutantsOf(set: MutationSet, files: readonly string[], reporters: string[]): Promise<Result[]> {
  // For vitest.config.ts, which the runner's processes load.
  process.env.MUTATION_SET = String(sets.indexOf(set))
  const stryker = new Stryker({
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'test/mutate/vitest.config.ts', related: false },
    coverageAnalysis: 'perTest',
    mutate: [...files],
    // Files that the copy needs. TypeScript 7 has no API to read a tsconfig with, and nothing here needs one.
    ignorePatterns: [
      '**',
      `!${set.package}/**`,
      // References between projects are followed.
      '!packages/*/tsconfig.json',
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

/** The path of a file that may be named with some of its lines. */
function pathOf(file: string): string {
  return file.replace(/:\d+-\d+$/, '')
}

/** What the tests made of the changes of a file, for programs and readers. */
function judge(results: readonly Result[], file: string, atLeast: number) {
  const noticed = results.filter(({ status }) => status === 'Killed' || status === 'Timeout')
  const unnoticed = results.filter(({ status }) => status === 'Survived' || status === 'NoCoverage').map(show)
  const known = equivalents.filter(entry => entry.file === basename(pathOf(file)))
  const reasonFor = (one: Shown) =>
    known.find(({ original, mutated }) => original === one.original && mutated === one.mutated)
  const survivors = unnoticed.filter(one => !reasonFor(one))
  const equivalent = unnoticed.flatMap(one => {
    const reason = reasonFor(one)
    return reason ? [{ ...one, why: reason.why }] : []
  })
  // Some lines say nothing of the rest.
  const outdated = known.filter(
    entry => file === pathOf(file) && !unnoticed.some(one => reasonFor(one) === entry),
  )
  const killed = noticed.length
  const timeouts = results.filter(({ status }) => status === 'Timeout').length
  const total = killed + survivors.length
  // Rounded down: 94.9 is not 95.
  const score = total === 0 ? 0 : Math.floor((100 * killed) / total)
  return { file, score, atLeast, killed, timeouts, total, survivors, equivalent, outdated }
}
type Judged = ReturnType<typeof judge>

function print({
  file: name,
  score,
  atLeast,
  killed,
  timeouts,
  total,
  survivors,
  equivalent,
  outdated,
}: Judged) {
  for (const { file, line, original, mutated } of survivors) {
    console.log(`survived   ${file}:${line}  ${original}  ->  ${mutated}`)
  }
  for (const { file, line, original, mutated, why } of equivalent) {
    console.log(`equivalent ${file}:${line}  ${original}  ->  ${mutated}  (${why})`)
  }
  for (const { file, original, mutated } of outdated) {
    console.log(`outdated in equivalent.ts: ${file}  ${original}  ->  ${mutated}`)
  }
  const details = `at least ${atLeast} %; ${timeouts} timeouts counted as noticed, ${equivalent.length} equivalent not counted`
  console.log(`score ${score} % (${killed}/${total}) of ${name} (${details})`)
}

process.exitCode = await exitCodeOf(async () => {
  const flags = { json: { type: 'boolean' }, help: { type: 'boolean' } } as const
  const { values, positionals } = readArguments(process.argv.slice(2), flags, Infinity)
  if (values.help) {
    console.log(helpText)
    return 0
  }
  const named: readonly string[] = positionals
  for (const file of named) {
    if (!sets.some(({ files }) => files.includes(pathOf(file))))
      throw new OptionError(`FILE: got "${file}"; allowed are the files of test/mutate/config.ts`)
  }
  const reporters = values.json ? [] : [process.stdout.isTTY ? 'progress' : 'progress-append-only']
  await addMutators()
  const judged: Judged[] = []
  for (const set of sets) {
    const files = named.length === 0 ? set.files : named.filter(file => set.files.includes(pathOf(file)))
    if (files.length === 0) continue
    // Before the first mutant, all tests run once as they are.
    console.error(`mutating ${files.length} files of ${set.package}; the tests run unchanged first`)
    for (const file of files) linesOf(resolve(pathOf(file)))
    const results = await mutantsOf(set, files, reporters)
    for (const file of files) {
      const ofFile = results.filter(({ fileName }) => fileName.replaceAll('\\', '/').endsWith(pathOf(file)))
      const one = judge(ofFile, file, set.atLeast)
      judged.push(one)
      if (!values.json) print(one)
    }
  }
  if (values.json) console.log(JSON.stringify(judged, null, 2))
  return judged.some(({ score, atLeast }) => score < atLeast) ? 1 : 0
}, process.stderr)
