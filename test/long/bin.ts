// npm run test:long -- [--only tests,bench] [--list]: all that is too long for npm test.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { main } from './main.ts'
import { type Part, parts } from './parts.ts'

const folder = '.cache/long'
const logOf = ({ name }: Part) => `${folder}/${name}.log`
mkdirSync(folder, { recursive: true })

async function run(part: Part): Promise<boolean> {
  part.prepare?.()
  const log = openSync(logOf(part), 'w')
  const command = [
    'npm',
    ...part.npm.map(argument => (/[ ,]/.test(argument) ? `"${argument}"` : argument)),
  ].join(' ')
  // By a shell: npm is a script of another kind on Windows.
  const child = spawn(command, {
    shell: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...part.env },
  })
  try {
    const [code] = await once(child, 'exit')
    return code === 0
  } finally {
    closeSync(log)
  }
}

function outputOf(part: Part): string {
  const lines = readFileSync(logOf(part), 'utf8').trimEnd().split('\n')
  return [...lines.slice(-40).map(line => `  ${line}`), `  all of it: ${logOf(part)}`].join('\n')
}

process.exitCode = await main(process.argv.slice(2), parts, {
  stdout: process.stdout,
  stderr: process.stderr,
  run,
  outputOf,
})
