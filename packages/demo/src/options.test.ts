import { expect, test } from 'vitest'
import { helpText, OptionError, parseOptions } from './options.ts'

const standard = {
  once: false,
  json: false,
  environments: 8,
  rate: 150,
  port: 0,
  'workflows-port': 0,
  'provider-port': 0,
  'dynamodb-port': 0,
  logs: false,
  help: false,
}

test('parseOptions has a default for everything', () => {
  expect(parseOptions([])).toEqual(standard)
})

test('parseOptions reads every option', () => {
  const args =
    '--once --json --logs --help --environments 5 --rate=20 --port 8080 --workflows-port 8083 --provider-port=8081 --dynamodb-port 8082'
  expect(parseOptions(args.split(' '))).toEqual({
    once: true,
    json: true,
    environments: 5,
    rate: 20,
    port: 8080,
    'workflows-port': 8083,
    'provider-port': 8081,
    'dynamodb-port': 8082,
    logs: true,
    help: true,
  })
})

const all =
  'allowed are --once, --json, --environments, --rate, --port, --workflows-port, --provider-port, --dynamodb-port, --logs, --help'

test.each([
  ['--onec', `unknown option --onec; ${all}`],
  ['-x', `unknown option -x; ${all}`],
  ['--toString', `unknown option --toString; ${all}`],
  ['--no-json', `unknown option --no-json; ${all}`],
  ['now', `unexpected argument "now"; ${all}`],
  ['--once=yes', '--once takes no value, got "yes"'],
  ['--environments 3', '--environments must be a whole number from 4 to 64, got "3"'],
  ['--environments 65', '--environments must be a whole number from 4 to 64, got "65"'],
  ['--environments', '--environments must be a whole number from 4 to 64, got nothing'],
  ['--environments --once', '--environments must be a whole number from 4 to 64, got "--once"'],
  ['--rate 1e2', '--rate must be a whole number from 20 to 1000, got "1e2"'],
  ['--rate=', '--rate must be a whole number from 20 to 1000, got ""'],
  ['--port 65536', '--port must be a whole number from 0 to 65535, got "65536"'],
  ['--port -1', '--port must be a whole number from 0 to 65535, got "-1"'],
  ['--provider-port http', '--provider-port must be a whole number from 0 to 65535, got "http"'],
])('%s is refused', (line, message) => {
  expect(() => parseOptions(line.split(' '))).toThrow(new OptionError(message))
})

test('the help names every option and its default', () => {
  for (const name of Object.keys(standard)) expect(helpText()).toContain(`--${name}`)
  expect(helpText()).toContain('4 to 64 (default: 8)')
})
