import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../src/imports.ts'
import { tier } from '../tier.ts'
import { specifiers } from './packed.fixture.ts'
import { Project } from './project.fixture.ts'

/** The compilers, by the name under which the checkout has them. */
const compilers = { '5.4': 'typescript-5.4', '5.9': 'typescript-5.9', '7': 'typescript' }
type Version = keyof typeof compilers

/** How a project compiles: which compilers know it, the kind of its package, and its options. */
const projects: readonly {
  readonly what: string
  readonly of: readonly Version[]
  readonly type: 'module' | 'commonjs'
  readonly options: object
}[] = [
  { what: 'ES modules, nodenext', of: ['5.4', '5.9', '7'], type: 'module', options: { module: 'nodenext' } },
  { what: 'CommonJS, nodenext', of: ['5.4', '5.9', '7'], type: 'commonjs', options: { module: 'nodenext' } },
  { what: 'CommonJS, node16', of: ['5.4', '5.9'], type: 'commonjs', options: { module: 'node16' } },
  { what: 'CommonJS, node18', of: ['5.9', '7'], type: 'commonjs', options: { module: 'node18' } },
  {
    what: 'CommonJS as older projects have it, node10',
    of: ['5.4', '5.9'],
    type: 'commonjs',
    options: { module: 'commonjs', moduleResolution: 'node10' },
  },
  {
    what: 'for a bundler',
    of: ['5.4', '5.9', '7'],
    type: 'module',
    options: { module: 'esnext', moduleResolution: 'bundler' },
  },
]

/** The entries that ask for nothing; and all that runs in functions. */
const own = ['circuit', 'circuit/shared', 'circuit/testing']
const inFunctions = /^@breakwater\/(circuit|dynamodb|middy|guards|powertools|workflows)(\/|$)/

const cases = projects.flatMap(({ of, ...project }) => of.map(version => ({ version, ...project })))
/** In `npm test` one of each format, of the newest compiler. */
const quick = cases.filter(({ version, what }) => version === '7' && what.includes('nodenext'))

let project: Project
beforeAll(() => {
  project = new Project()
})
afterAll(() => project.remove())

/** What a compiler says of our declarations and of the project's own code: of others' it may say what it likes. */
async function errorsOf(version: Version, type: string, options: object, files: Record<string, string>) {
  project.write({
    ...files,
    'package.json': JSON.stringify({ name: 'project', type }),
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        target: 'es2022',
        lib: ['es2022'],
        strict: true,
        noEmit: true,
        types: [],
        ...options,
      },
      files: Object.keys(files),
    }),
  })
  const tsc = join(root, 'node_modules', compilers[version], 'bin/tsc')
  const { output } = await project.node([tsc, '-p', '.', '--pretty', 'false'])
  return output.split('\n').filter(line => /^(node_modules\/@breakwater|src)\/|^error/.test(line))
}

const importAll = (names: readonly string[]) =>
  names.map((name, index) => `import * as entry${index} from '${name}'\nvoid entry${index}`).join('\n')

describe.each(tier === 'long' ? cases : quick)(
  '$what, TypeScript $version',
  ({ what, version, type, options }) => {
    it('entries without a peer compile with no types of others, not even those of Node', async () => {
      const files = { 'src/index.ts': importAll(own.map(name => `@breakwater/${name}`)) }
      expect(await errorsOf(version, type, options, files)).toEqual([])
    })

    it('what runs in functions compiles with its peers, without skipLibCheck', async () => {
      for (const name of ['@aws-sdk/client-dynamodb', '@aws-sdk/client-sfn', '@types/node'])
        project.link(name)
      for (const name of ['logger', 'metrics']) project.link(`@aws-lambda-powertools/${name}`)
      const files = {
        'src/index.ts': importAll(
          specifiers.filter(name => inFunctions.test(name) && !name.endsWith('/cockatiel')),
        ),
      }
      expect(await errorsOf(version, type, { ...options, types: ['node'] }, files)).toEqual([])
    })

    it('cockatiel is asked for by the one entry that is about it', async () => {
      for (const name of ['cockatiel', '@types/node']) project.link(name)
      const files = { 'src/index.ts': importAll(['@breakwater/guards/cockatiel']) }
      const errors = await errorsOf(version, type, { ...options, types: ['node'] }, files)
      // Cockatiel 4 itself has no types for an older kind of resolution.
      expect(errors.filter(error => !(error.includes("'cockatiel'") && /node10/.test(what)))).toEqual([])
    })
  },
)
