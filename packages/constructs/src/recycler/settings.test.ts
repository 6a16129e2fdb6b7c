import { Duration, RemovalPolicy, Token } from 'aws-cdk-lib'
import { describe, expect, it } from 'vitest'
import { CircuitTable } from '../circuit-table.ts'
import { makeStack } from '../stack.fixture.ts'
import type { SecretRotationRecyclerProps } from './props.ts'
import { settingsOf } from './settings.ts'

const table = CircuitTable.fromTableName(makeStack(), 'Circuits', 'circuits')
const settings = (props: object = {}) => settingsOf({ table, ...props } as SecretRotationRecyclerProps)

describe('the settings of a recycler', () => {
  it('have defaults, of which the first is that nothing is touched', () => {
    const { reconcile, maximumStaleAge, ...rest } = settings()
    expect(rest).toEqual({
      options: {
        optIn: true,
        quietPeriodMs: 60_000,
        maximumWaitMs: 900_000,
        canaries: 1,
        waveSize: 10,
        deploymentTimeoutMs: 1_800_000,
        dryRun: true,
        cloudTrail: false,
        allowedAccounts: [],
      },
      clusters: undefined,
      secrets: undefined,
      concurrency: 5,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    expect([reconcile.toMinutes(), maximumStaleAge.toHours()]).toEqual([60, 24])
  })

  it('are those of the options', () => {
    const secrets = ['arn:aws:secretsmanager:*:111122223333:secret:shop/*']
    const given = settings({
      clusters: ['shop', Token.asString({ Ref: 'Cluster' })],
      optIn: false,
      quietPeriod: Duration.seconds(0),
      maximumWait: Duration.minutes(2),
      waves: { canaries: 0, size: 100, concurrency: 40 },
      deploymentTimeout: Duration.hours(2),
      dryRun: false,
      cloudTrail: true,
      allowedAccounts: ['111122223333'],
      reconcile: Duration.minutes(5),
      maximumStaleAge: Duration.days(7),
      removalPolicy: RemovalPolicy.RETAIN,
      secrets,
    })
    expect(given).toMatchObject({
      options: {
        optIn: false,
        quietPeriodMs: 0,
        maximumWaitMs: 120_000,
        canaries: 0,
        waveSize: 100,
        deploymentTimeoutMs: 7_200_000,
        dryRun: false,
        cloudTrail: true,
        allowedAccounts: ['111122223333'],
      },
      concurrency: 40,
      removalPolicy: RemovalPolicy.RETAIN,
      secrets,
    })
    expect(given.clusters).toHaveLength(2)
  })

  it('wait no shorter than a long quiet period', () => {
    expect(settings({ quietPeriod: Duration.minutes(20) }).options.maximumWaitMs).toBe(1_200_000)
  })

  it.each([
    [{ cluster: ['shop'] }, /^SecretRotationRecycler: option: got "cluster"; allowed is table, clusters, /],
    [{ table: 'circuits' }, /^SecretRotationRecycler: table: got "circuits"; allowed is a circuit table/],
    [
      { clusters: [] },
      /^SecretRotationRecycler: clusters: got an array; allowed is a list of at least 1 of names of clusters/,
    ],
    [{ clusters: 'shop' }, /^SecretRotationRecycler: clusters: got "shop"/],
    [
      { clusters: ['arn:aws:ecs:eu-west-1:1:cluster/shop'] },
      /^SecretRotationRecycler: clusters\[0\]: got "arn:.*not its ARN/,
    ],
    [{ notify: {} }, /^SecretRotationRecycler: notify: got an object; allowed is a topic/],
    [{ bus: {} }, /^SecretRotationRecycler: bus: got an object; allowed is an event bus/],
    [{ clusters: ['*'] }, /^SecretRotationRecycler: clusters\[0\]: got "\*"/],
    [{ clusters: ['shop', 'shop'] }, /^SecretRotationRecycler: clusters: got an array; .*each once/],
    [{ optIn: 'false' }, /^SecretRotationRecycler: optIn: got "false"; allowed is true or false/],
    [{ dryRun: 0 }, /^SecretRotationRecycler: dryRun: got 0/],
    [{ cloudTrail: null }, /^SecretRotationRecycler: cloudTrail: got null/],
    [{ quietPeriod: 60 }, /^SecretRotationRecycler: quietPeriod: got 60; allowed is a Duration/],
    [
      { quietPeriod: Duration.hours(25) },
      /^SecretRotationRecycler: quietPeriod: got "1 day 1 hour"; allowed is a Duration from 0 seconds to 1 day/,
    ],
    [
      { quietPeriod: Duration.seconds(Token.asNumber({ Ref: 'X' })) },
      /^SecretRotationRecycler: quietPeriod: got "a token"/,
    ],
    [
      { quietPeriod: Duration.minutes(5), maximumWait: Duration.minutes(4) },
      /^SecretRotationRecycler: maximumWait: got "4 minutes"/,
    ],
    [
      { waves: { canaries: -1 } },
      /^SecretRotationRecycler: waves\.canaries: got -1; allowed is a whole number from 0 to 100/,
    ],
    [{ waves: 5 }, /^SecretRotationRecycler: waves: got 5/],
    [
      { waves: { waveSize: 5 } },
      /^SecretRotationRecycler: waves\.option: got "waveSize"; allowed is canaries, size, concurrency/,
    ],
    [{ waves: { size: 0 } }, /^SecretRotationRecycler: waves\.size: got 0/],
    [{ waves: { size: 1.5 } }, /^SecretRotationRecycler: waves\.size: got 1\.5/],
    [
      { waves: { concurrency: 41 } },
      /^SecretRotationRecycler: waves\.concurrency: got 41; allowed is a whole number from 1 to 40/,
    ],
    [
      { deploymentTimeout: Duration.seconds(59) },
      /^SecretRotationRecycler: deploymentTimeout: got "59 seconds"/,
    ],
    [
      { allowedAccounts: ['1234'] },
      /^SecretRotationRecycler: allowedAccounts\[0\]: got "1234"; allowed is an account id of 12 digits/,
    ],
    [
      { reconcile: Duration.seconds(330) },
      /^SecretRotationRecycler: reconcile: got "5 minutes 30 seconds".*in steps of 1 minute/,
    ],
    [{ reconcile: Duration.minutes(1) }, /^SecretRotationRecycler: reconcile: got "1 minute"/],
    [{ maximumStaleAge: Duration.days(31) }, /^SecretRotationRecycler: maximumStaleAge: got "31 days"/],
    [
      { secrets: ['shop/db'] },
      /^SecretRotationRecycler: secrets\[0\]: got "shop\/db"; allowed is the ARN of a secret/,
    ],
    [
      { secrets: ['arn:aws:secretsmanager:*:*:secret:$' + '{aws:username}'] },
      /^SecretRotationRecycler: secrets\[0\]: got /,
    ],
  ])('refuse %j', (props, message) => {
    expect(() => settings(props)).toThrow(message)
    expect(() => settings(props)).toThrow(TypeError)
  })
})
