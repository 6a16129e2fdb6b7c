import { expect, it } from 'vitest'
import { deepTexts, deepValues, largeTexts, mustBeLinear, only } from '../../../../test/hostile.ts'
import { readConfig } from '../config.ts'
import { readEvent } from './read-event.ts'
import {
  deploymentFailed,
  labelUpdated,
  parameterChange,
  putSecretValue,
  rotationSucceeded,
} from './samples.fixture.ts'
import { revisionOf } from './task-definition.ts'

const account = '012345678901'
const samples: readonly Record<string, unknown>[] = [
  labelUpdated,
  rotationSucceeded,
  parameterChange,
  putSecretValue,
  deploymentFailed,
]

function read(event: unknown): void {
  const notice = readEvent(event, { account, cloudTrail: true, allowedAccounts: ['123456789012'] })
  expect(JSON.stringify(notice).length).toBeLessThan(6_000)
  expect(JSON.stringify(notice)).not.toMatch(/[\p{Control}\u202e]/u)
}

it('an event of any size and depth is read, or said to be malformed', () => {
  for (const value of [...deepTexts, ...deepValues, ...largeTexts, '\u001b[2J\u009b\u202e']) {
    read(value)
    for (const sample of samples) {
      const detail = sample.detail as Record<string, unknown>
      for (const name of Object.keys(sample)) read({ ...sample, [name]: value })
      for (const name of Object.keys(detail)) read({ ...sample, detail: { ...detail, [name]: value } })
    }
  }
})

it('settings of any size and depth are taken, or refused by a TypeError', () => {
  const read = (RECYCLER_OPTIONS: string, clusters = 'shop') =>
    only([TypeError], () =>
      readConfig({
        CIRCUIT_TABLE: 'circuits',
        RECYCLER_MACHINE: 'arn:aws:states:eu-west-1:012345678901:stateMachine:recycle',
        RECYCLER_CLUSTERS: clusters,
        RECYCLER_OPTIONS,
      }),
    )
  for (const text of [...deepTexts, ...largeTexts]) {
    read(text, text)
    for (const name of ['quietMs', 'canary', 'window', 'allowedAccounts', 'dryRun', 'waveSize'])
      read(`{"${name}":${text}}`)
  }
})

it('a task definition of hostile texts is read', () => {
  for (const value of [...deepTexts, ...largeTexts, '\ud800', '__proto__']) {
    const revision = revisionOf({
      taskDefinitionArn: value,
      family: value,
      containerDefinitions: [
        {
          name: value,
          image: value,
          secrets: [{ name: value, valueFrom: value }],
          environment: [{ name: value, value }],
          logConfiguration: { logDriver: 'awslogs', options: { [value]: value }, secretOptions: [] },
          repositoryCredentials: { credentialsParameter: value },
        },
      ],
    })
    expect(JSON.stringify(revision).length).toBeLessThan(10_000 + 10 * value.length)
  }
})

it('an event is read in linear time, whatever its texts are', () => {
  for (const sample of [labelUpdated, rotationSucceeded])
    for (const piece of ['a', ':', 'arn:aws:secretsmanager:'])
      for (const name of ['name', 'versionId', 'eventName'])
        mustBeLinear(
          20_000,
          size => ({
            ...sample,
            detail: { ...(sample.detail as object), [name]: piece.repeat(size / piece.length) },
          }),
          read,
        )
})
