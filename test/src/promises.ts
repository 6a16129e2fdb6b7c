import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './imports.ts'

/** A row of README's table of promises. */
export interface Promised {
  readonly what: string
  /** As a shell takes it. */
  readonly command: string
  /** The arguments of npm, as a shell takes the command apart. */
  readonly npm: readonly string[]
}

/** The promises of README, in their order. */
export function promises(text = readFileSync(join(root, 'README.md'), 'utf8')): Promised[] {
  const [, table = ''] = /^\| promise \| check it with \|\n\|---\|---\|\n((?:\|.*\n)+)/m.exec(text) ?? []
  return table
    .trim()
    .split('\n')
    .map(row => {
      const [, what = '', command = ''] = /^\| (.*) \| `(.*)` \|$/.exec(row) ?? []
      const [program, ...npm] = Array.from(
        command.matchAll(/"([^"]*)"|(\S+)/g),
        ([, quoted, word]) => quoted ?? word!,
      )
      if (program !== 'npm') throw new Error(`not a promise with a command of npm: ${row}`)
      return { what, command, npm }
    })
}

/** What `npm test -w PACKAGE -- …` chooses: a part of the names of tests, or of the names of files. */
export function chosenTests({ npm, command }: Promised): { folder: string; pattern?: string; file?: string } {
  const [test, flag, name, dashes, ...rest] = npm
  if (test !== 'test' || flag !== '-w' || dashes !== '--') throw new Error(`chooses no tests: ${command}`)
  const folder = globSync(['packages/*', 'functions/*', 'statemachines'], { cwd: root }).find(
    one => JSON.parse(readFileSync(join(root, one, 'package.json'), 'utf8')).name === name,
  )
  if (!folder) throw new Error(`no such package: ${command}`)
  return rest[0] === '-t' ? { folder, pattern: rest[1]! } : { folder, file: rest[0]! }
}

/** Names of the tests and of their groups that a command chooses, by what stands in the sources. */
export function titlesOf(promised: Promised): string[] {
  const { folder, pattern = '', file = '' } = chosenTests(promised)
  return globSync('**/*.test.ts', { cwd: join(root, folder), exclude: ['**/node_modules/**', 'dist/**'] })
    .filter(path => path.includes(file))
    .flatMap(path => [
      ...readFileSync(join(root, folder, path), 'utf8').matchAll(/\b(?:it|describe)\b[^'\n]*'([^'\n]+)'/g),
    ])
    .map(([, title]) => title!)
    .filter(title => title.includes(pattern))
}
