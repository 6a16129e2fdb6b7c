import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { writeRequests } from './requests.ts'

test('writes files for curl -K with headers and body, and takes them away again', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'requests-'))
  onTestFinished(() => rmSync(parent, { recursive: true }))
  const { folder, discard } = await writeRequests(parent)
  expect(readdirSync(folder).toSorted()).toEqual(['guarded-call', 'order', 'recycle'])
  expect(readFileSync(join(folder, 'recycle'), 'utf8')).toBe(
    [
      'header = "Content-Type: application/json"',
      String.raw`data = "{\"secretId\":\"shop/database\",\"dryRun\":true}"`,
      '',
    ].join('\n'),
  )
  await discard()
  expect(existsSync(folder)).toBe(false)
})
