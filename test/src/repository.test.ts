import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readManifest, root, workspaces } from './imports.ts'

const scripts = Object.keys(readManifest('.').scripts ?? {})
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const files = (pattern: string) =>
  globSync(pattern, { cwd: root })
    .map(file => file.replaceAll('\\', '/'))
    .sort()

interface Job {
  readonly 'runs-on': string
  readonly 'timeout-minutes'?: number
  readonly permissions?: Readonly<Record<string, string>>
  readonly steps: readonly {
    readonly uses?: string
    readonly run?: string
    readonly with?: Readonly<Record<string, unknown>>
  }[]
}

describe.each(files('.github/workflows/*.yml'))('the workflow %s', file => {
  const workflow = parse(read(file))
  const jobs = Object.values<Job>(workflow.jobs)
  const steps = jobs.flatMap(job => job.steps)

  it('has all that a workflow needs, a bound on its time, and the permissions it needs and no others', () => {
    expect(workflow).toMatchObject({
      name: expect.any(String),
      on: expect.anything(),
      concurrency: expect.anything(),
    })
    expect(
      Object.entries(workflow.permissions).filter(
        ([name, access]) => `${name}: ${access}` !== 'contents: read',
      ),
    ).toEqual([])
    for (const job of jobs)
      expect(job).toMatchObject({ 'runs-on': 'ubuntu-latest', 'timeout-minutes': expect.any(Number) })
    for (const { uses, run } of steps) expect([uses, run].filter(Boolean)).toHaveLength(1)
  })

  it('names actions by their major version or a commit', () => {
    const wrong = steps.filter(({ uses }) => uses && !/^[\w-]+\/[\w-]+@(v\d+|[0-9a-f]{40})$/.test(uses))
    expect(wrong).toEqual([])
  })

  it('runs only scripts that there are', () => {
    const commands = steps.flatMap(({ run, with: given }) => [run, given?.version, given?.publish]).join('\n')
    const named = Array.from(
      commands.matchAll(/\bnpm (?:run ([\w:]+)|(test|start))\b/g),
      match => match[1] ?? match[2]!,
    )
    expect(named.length).toBeGreaterThan(0)
    expect(named.filter(name => !scripts.includes(name))).toEqual([])
  })

  it('knows neither a registry nor a token of one', () => {
    expect(read(file)).not.toMatch(/registry|NPM_TOKEN|NODE_AUTH_TOKEN/)
  })
})

it('only the release may write, and proves to npm who it is', () => {
  const writing = files('.github/workflows/*.yml').filter(file => /: write$/m.test(read(file)))
  expect(writing).toEqual(['.github/workflows/release.yml'])
  expect(parse(read(writing[0]!)).jobs.release.permissions).toEqual({
    contents: 'write',
    'pull-requests': 'write',
    'id-token': 'write',
  })
})

interface Field {
  readonly type: string
  readonly id?: string
  readonly attributes: {
    readonly label?: string
    readonly value?: string
    readonly options?: readonly unknown[]
  }
  readonly validations?: { readonly required?: boolean }
}

const forms = files('.github/ISSUE_TEMPLATE/*.yml').filter(file => !file.endsWith('/config.yml'))
const fieldsOf = (file: string) => parse(read(file)).body as Field[]

describe.each(forms)('the issue form %s', file => {
  const form = parse(read(file))

  it('has what GitHub requires', () => {
    expect(form).toMatchObject({
      name: expect.any(String),
      description: expect.any(String),
      body: expect.any(Array),
    })
    const known = ['name', 'description', 'title', 'labels', 'assignees', 'projects', 'type', 'body']
    expect(Object.keys(form).filter(key => !known.includes(key))).toEqual([])
    const ids = fieldsOf(file).flatMap(({ id }) => id ?? [])
    expect(ids.filter(id => !/^[\w-]+$/.test(id))).toEqual([])
    expect(new Set(ids).size).toBe(ids.length)
    expect(fieldsOf(file).some(({ type }) => type !== 'markdown')).toBe(true)
  })

  it.each(fieldsOf(file))(
    'has a field of a kind that GitHub knows: $type $id',
    ({ type, attributes, validations }) => {
      expect(['markdown', 'input', 'textarea', 'dropdown', 'checkboxes']).toContain(type)
      expect(attributes[type === 'markdown' ? 'value' : 'label']).toEqual(expect.any(String))
      if (type === 'dropdown' || type === 'checkboxes') expect(attributes.options?.length).toBeGreaterThan(0)
      expect(type === 'markdown' ? validations : typeof validations?.required).toBe(
        type === 'markdown' ? undefined : 'boolean',
      )
    },
  )
})

it('a bug cannot be reported without version, policy and smallest case', () => {
  const required = fieldsOf('.github/ISSUE_TEMPLATE/bug.yml').filter(
    ({ validations }) => validations?.required,
  )
  expect(required.map(({ id }) => id)).toEqual(expect.arrayContaining(['version', 'policy', 'case']))
})

it('every changeset is of packages that are published', () => {
  const published = workspaces().flatMap(({ manifest }) => (manifest.private ? [] : [manifest.name]))
  for (const file of files('.changeset/*.md')) {
    const [, head = '', text = ''] = /^---\n(.*?)\n---\n(.*)/s.exec(read(file)) ?? []
    const raised = parse(head) as Record<string, string>
    expect([file, Object.keys(raised).filter(name => !published.includes(name))]).toEqual([file, []])
    expect(Object.values(raised).filter(kind => !['major', 'minor', 'patch'].includes(kind))).toEqual([])
    expect(text.trim()).not.toBe('')
  }
})
