// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Fn::Sub
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ResolveOptions } from '../types.ts'
import { resolveStacks } from './resolve.ts'

type Json = Record<string, unknown>

/** What an output's value is resolved to in a template. */
function resolved(value: unknown, template: Json = {}, options?: ResolveOptions): unknown {
  return outputsOf({ ...template, Outputs: { Out: { Value: value } } }, options).Out
}

function outputsOf(template: Json, options?: ResolveOptions): Json {
  return resolveStacks([{ name: 'Demo', template }], options).outputs.Demo as Json
}

function propertiesOf(Properties: Json, template: Json = {}): Json {
  const Resources = { Queue: { Type: 'AWS::SQS::Queue', Properties }, ...(template.Resources as Json) }
  const { resources } = resolveStacks([{ name: 'Demo', template: { ...template, Resources } }])
  return resources.find(({ id }) => id === 'Queue')!.properties
}

const queue = { Type: 'AWS::SQS::Queue' }
const Queues = { Resources: { Queue: queue } }

describe('intrinsic functions', () => {
  it.each([
    [{ Ref: 'AWS::Region' }, 'us-east-1'],
    [{ Ref: 'AWS::AccountId' }, '000000000000'],
    [{ Ref: 'AWS::Partition' }, 'aws'],
    [{ Ref: 'AWS::URLSuffix' }, 'amazonaws.com'],
    [{ Ref: 'AWS::StackName' }, 'Demo'],
    [{ 'Fn::Sub': 'in ${AWS::Region}, ${!Literal}' }, 'in us-east-1, ${Literal}'],
    [{ 'Fn::Sub': ['${Own} ${AWS::Region}', { Own: { Ref: 'AWS::StackName' } }] }, 'Demo us-east-1'],
    [{ 'Fn::Join': ['/', ['a', { Ref: 'AWS::Region' }, 1, true]] }, 'a/us-east-1/1/true'],
    [{ 'Fn::Join': ['', ['a', { Ref: 'AWS::NoValue' }, 'b']] }, 'ab'],
    [{ 'Fn::Select': ['1', { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    [{ 'Fn::Select': [0, [{ Ref: 'AWS::Region' }]] }, 'us-east-1'],
    [{ 'Fn::Base64': { 'Fn::Sub': '${AWS::Region}' } }, 'dXMtZWFzdC0x'],
    [{ 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:aws:sqs:us-east-1:000000000000:Demo-Queue'],
    [{ 'Fn::GetAtt': 'Queue.Arn' }, 'arn:aws:sqs:us-east-1:000000000000:Demo-Queue'],
    [
      { 'Fn::Sub': '${Queue} ${Queue.QueueName}' },
      'https://sqs.us-east-1.amazonaws.com/000000000000/Demo-Queue Demo-Queue',
    ],
    [
      { Ref: 'Queue', Other: 1 },
      { Ref: 'Queue', Other: 1 },
    ],
    [{ list: [{ Ref: 'AWS::NoValue' }, 1], gone: { Ref: 'AWS::NoValue' } }, { list: [1] }],
  ])('%j is %j', (value, expected) => {
    expect(resolved(value, Queues)).toEqual(expected)
  })

  it.each([
    [
      { Ref: 'Gone' },
      'Demo.Outputs.Out.Value.Ref: got "Gone"; allowed is a parameter or a resource of the template',
    ],
    [{ 'Fn::GetAtt': ['Gone', 'Arn'] }, 'Demo.Outputs.Out.Value.Fn::GetAtt: got "Gone"'],
    [
      { 'Fn::GetAtt': ['Queue', 'Colour'] },
      'Demo.Outputs.Out.Value.Fn::GetAtt: got "Queue.Colour"; allowed is an attribute that is supported locally: Arn, QueueName, QueueUrl',
    ],
    [{ 'Fn::Sub': '${Gone.Arn}' }, 'Demo.Outputs.Out.Value.Fn::Sub: got "Gone"'],
    [{ 'Fn::Sub': ['a', 1] }, 'Fn::Sub: got 1; allowed is variables as an object'],
    [{ deep: [{ Ref: 'Gone' }] }, 'Demo.Outputs.Out.Value.deep[0].Ref: got "Gone"'],
    [{ 'Fn::GetAZs': '' }, 'Demo.Outputs.Out.Value: got "Fn::GetAZs"; allowed is one of Ref, Fn::GetAtt'],
    [{ 'Fn::Equals': [1, 1] }, 'got "Fn::Equals"'],
    [{ 'Fn::Join': ['', 'a'], more: 1 }, 'Fn::Join alone, without more'],
    [{ 'Fn::Join': ['', 'text'] }, 'Fn::Join: got "text"; allowed is a list of texts'],
    [{ 'Fn::Join': ['', [['nested']]] }, 'Fn::Join: got an array; allowed is a text'],
    [{ 'Fn::Join': [''] }, 'allowed is [delimiter, list]'],
    [{ 'Fn::Select': [2, ['a', 'b']] }, 'Fn::Select: got 2; allowed is an index from 0 to 1'],
    [{ 'Fn::Split': ['', 'a'] }, 'Fn::Split: got ""; allowed is a delimiter of at least one character'],
    [{ 'Fn::If': ['Gone', 1, 2] }, 'Fn::If: got "Gone"; allowed is the name of a condition'],
    [
      { 'Fn::FindInMap': ['Map', 'a', 'gone'] },
      'Fn::FindInMap: got "Map.a.gone"; allowed is an entry of the template’s Mappings',
    ],
    [{ 'Fn::FindInMap': ['constructor', 'name', 'length'] }, 'got "constructor.name.length"'],
    [
      { 'Fn::ImportValue': 'gone' },
      'Fn::ImportValue: got "gone"; allowed is an export of the stacks: there is none',
    ],
    [
      '{{resolve:secretsmanager:db}}',
      'Demo.Outputs.Out.Value: got "{{resolve:secretsmanager:db}}"; allowed is no dynamic reference',
    ],
  ])('%j is refused, with its place', (value, message) => {
    const Mappings = { Map: { a: { b: 'c' } } }
    expect(() => resolved(value, { ...Queues, Mappings })).toThrow(message)
    expect(() => resolved(value, { ...Queues, Mappings })).toThrow(TypeError)
  })

  it('leaves alone what has none', () => {
    const plain = fc
      .jsonValue()
      .filter(value => !/"Ref"|"Fn::|\{\{resolve:|__proto__/.test(JSON.stringify(value)))
    fc.assert(
      fc.property(plain, value => {
        expect(JSON.stringify(resolved(value))).toBe(JSON.stringify(value))
      }),
    )
  })

  it('joins what it splits', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-c:]{0,20}$/), fc.constantFrom(':', 'a', 'ab'), (text, delimiter) => {
        const split = { 'Fn::Split': [delimiter, text] }
        expect(resolved({ 'Fn::Join': [delimiter, split] })).toBe(text)
        text.split(delimiter).forEach((part, index) => {
          expect(resolved({ 'Fn::Select': [index, split] })).toBe(part)
        })
      }),
    )
  })

  it('Fn::Sub with variables is Fn::Join of its pieces', () => {
    const piece = fc.oneof(
      fc.stringMatching(/^[a-z ]{0,5}$/).map(text => ({ template: text, join: text as unknown })),
      fc.constantFrom('Own', 'AWS::Region', 'Queue').map(name => ({
        template: `\${${name}}`,
        join: name === 'Own' ? 'mine' : { Ref: name },
      })),
      fc.constant({ template: '${!Own}', join: '${Own}' as unknown }),
    )
    fc.assert(
      fc.property(fc.array(piece), pieces => {
        const template = pieces.map(({ template }) => template).join('')
        const joined = { 'Fn::Join': ['', pieces.map(({ join }) => join)] }
        expect(resolved({ 'Fn::Sub': [template, { Own: 'mine' }] }, Queues)).toBe(resolved(joined, Queues))
      }),
    )
  })
})

describe('conditions', () => {
  const flag = (value: boolean) => ({
    'Fn::Equals': [{ Ref: 'AWS::Region' }, value ? 'us-east-1' : 'elsewhere'],
  })
  type Tree = { readonly json: Json; readonly value: boolean }
  const { tree } = fc.letrec<{ tree: Tree }>(tie => ({
    tree: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.boolean().map(value => ({ json: flag(value), value })),
      fc.constantFrom(true, false).map(value => ({ json: { Condition: value ? 'Yes' : 'No' }, value })),
      tie('tree').map(({ json, value }) => ({ json: { 'Fn::Not': [json] }, value: !value })),
      fc.array(tie('tree'), { minLength: 2, maxLength: 4 }).map(trees => ({
        json: { 'Fn::And': trees.map(({ json }) => json) },
        value: trees.every(({ value }) => value),
      })),
      fc.array(tie('tree'), { minLength: 2, maxLength: 4 }).map(trees => ({
        json: { 'Fn::Or': trees.map(({ json }) => json) },
        value: trees.some(({ value }) => value),
      })),
    ),
  }))

  it('are decided as logic has it', () => {
    fc.assert(
      fc.property(tree, ({ json, value }) => {
        const Conditions = { Asked: json, Yes: flag(true), No: flag(false) }
        expect(resolved({ 'Fn::If': ['Asked', 'yes', 'no'] }, { Conditions })).toBe(value ? 'yes' : 'no')
      }),
    )
  })

  it('leave out resources, outputs, properties and the branch that is not taken', () => {
    const Conditions = { No: flag(false) }
    const Resources = {
      Queue: queue,
      Other: { ...queue, Condition: 'No', DependsOn: 'Queue' },
      Last: { ...queue, DependsOn: ['Other'] },
    }
    const Outputs = {
      Gone: { Condition: 'No', Value: { Ref: 'Gone' } },
      Here: { Value: { 'Fn::If': ['No', { Ref: 'Gone' }, 1] } },
    }
    const { resources, outputs } = resolveStacks([
      { name: 'Demo', template: { Conditions, Resources, Outputs } },
    ])
    expect(resources.map(({ id }) => id)).toEqual(['Queue', 'Last'])
    expect(outputs).toEqual({ Demo: { Here: 1 } })
    expect(
      propertiesOf({ DelaySeconds: { 'Fn::If': ['No', 1, { Ref: 'AWS::NoValue' }] } }, { Conditions }),
    ).toEqual({})
    const refers = { Conditions, Resources, Outputs: { Out: { Value: { Ref: 'Other' } } } }
    expect(() => outputsOf(refers)).toThrow(
      'Demo.Outputs.Out.Value.Ref: got "Other"; allowed is a resource that is there: it is only if No',
    )
  })

  it.each([
    [
      { A: { Condition: 'B' }, B: { 'Fn::Not': [{ Condition: 'A' }] } },
      'got "A → B → A"; allowed is no circle',
    ],
    [{ A: { Condition: 'Gone' } }, 'Demo.Conditions.A.Condition: got "Gone"'],
    [
      { A: { 'Fn::And': [flag(true)] } },
      'Demo.Conditions.A.Fn::And: got an array; allowed is a list of 2 to 10',
    ],
    [{ A: { 'Fn::Equals': [{ Ref: 'Queue' }, 1] } }, 'a parameter: conditions know no resources'],
    [{ A: 'yes' }, 'Demo.Conditions.A'],
    [{ A: {} }, 'Demo.Conditions.A: got an object; allowed is one of Fn::Equals'],
  ])('%j is refused', (Conditions, message) => {
    expect(() => resolved({ 'Fn::If': ['A', 1, 2] }, { Conditions, ...Queues })).toThrow(message)
  })
})

describe('parameters and mappings', () => {
  const Parameters = {
    Size: { Type: 'Number', Default: 3 },
    Names: { Type: 'CommaDelimitedList', Default: 'a, b' },
    Colour: { Type: 'String', AllowedValues: ['red', 'blue'], AllowedPattern: '[a-z]+' },
    Version: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk-bootstrap/hnb659fds/version' },
  }
  const parameters = { Demo: { Colour: 'red' } }

  it('take their defaults and what is given', () => {
    const names = ['Size', 'Names', 'Colour'].map(Ref => ({ Ref }))
    expect(resolved(names, { Parameters }, { parameters })).toEqual(['3', ['a', 'b'], 'red'])
    expect(resolved({ Ref: 'Version' }, { Parameters }, { parameters: { Demo: { Version: '21' } } })).toBe(
      '21',
    )
  })

  it.each([
    [
      'Colour',
      {},
      'Demo.Parameters.Colour: got undefined; allowed is a text or a number: the parameter has no default',
    ],
    ['Colour', { Colour: 'green' }, 'Demo.Parameters.Colour: got "green"; allowed is one of red, blue'],
    ['Size', { Size: 'big' }, 'Demo.Parameters.Size: got "big"; allowed is a number'],
    ['Version', {}, 'Demo.Parameters.Version.Type: got "AWS::SSM::Parameter::Value<String>"'],
    ['Size', { Weight: '1' }, 'parameters.Demo: got "Weight"'],
  ])('%s of %j is refused', (Ref, given, message) => {
    expect(() => resolved({ Ref }, { Parameters }, { parameters: { Demo: given } })).toThrow(message)
  })

  it('find what a mapping holds', () => {
    const Mappings = { Regions: { 'us-east-1': { Zones: ['a', 'b'] } } }
    const find = { 'Fn::FindInMap': ['Regions', { Ref: 'AWS::Region' }, 'Zones'] }
    expect(resolved({ 'Fn::Select': [1, find] }, { Mappings })).toBe('b')
  })
})

describe('resources', () => {
  it('have names and ARNs of their stack and logical id, or of what they are named', () => {
    const Resources = {
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: { TableName: { 'Fn::Sub': '${Prefix.QueueName}-table' } },
      },
      Prefix: queue,
      Fifo: { ...queue, Properties: { FifoQueue: true } },
      Fn: { Type: 'AWS::Lambda::Function' },
      Live: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Fn' }, Name: 'live' } },
      Machine: { Type: 'AWS::StepFunctions::StateMachine', Properties: { StateMachineName: 'orders' } },
      Api: { Type: 'AWS::ApiGateway::RestApi' },
      Stage: { Type: 'AWS::ApiGateway::Stage', Properties: { StageName: 'prod' } },
      Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'circuits' } },
      Rule: { Type: 'AWS::Events::Rule', Properties: { EventBusName: { Ref: 'Bus' } } },
      Role: { Type: 'AWS::IAM::Role', Properties: { Path: '/service/' } },
    }
    const { resources } = resolveStacks([{ name: 'Demo', template: { Resources } }])
    const here = 'us-east-1:000000000000'
    expect(Object.fromEntries(resources.map(({ id, ref, arn }) => [id, [ref, arn]]))).toEqual({
      Table: ['Demo-Prefix-table', `arn:aws:dynamodb:${here}:table/Demo-Prefix-table`],
      Prefix: [
        'https://sqs.us-east-1.amazonaws.com/000000000000/Demo-Prefix',
        `arn:aws:sqs:${here}:Demo-Prefix`,
      ],
      Fifo: [
        'https://sqs.us-east-1.amazonaws.com/000000000000/Demo-Fifo.fifo',
        `arn:aws:sqs:${here}:Demo-Fifo.fifo`,
      ],
      Fn: ['Demo-Fn', `arn:aws:lambda:${here}:function:Demo-Fn`],
      Live: [`arn:aws:lambda:${here}:function:Demo-Fn:live`, undefined],
      Machine: [`arn:aws:states:${here}:stateMachine:orders`, `arn:aws:states:${here}:stateMachine:orders`],
      Api: ['Demo-Api', undefined],
      Stage: ['prod', undefined],
      Bus: ['circuits', `arn:aws:events:${here}:event-bus/circuits`],
      Rule: ['circuits|Demo-Rule', `arn:aws:events:${here}:rule/circuits/Demo-Rule`],
      Role: ['Demo-Role', 'arn:aws:iam::000000000000:role/service/Demo-Role'],
    })
  })

  it('have names that are short enough, and differ', () => {
    const id = 'L'.repeat(70)
    const Resources = Object.fromEntries(['A', 'B'].map(end => [id + end, { Type: 'AWS::Lambda::Function' }]))
    const { resources } = resolveStacks([{ name: 'Demo', template: { Resources } }])
    expect(resources.map(({ name }) => name.length)).toEqual([64, 64])
    expect(new Set(resources.map(({ name }) => name)).size).toBe(2)
  })

  it('come after those they need, whatever their order in the template', () => {
    // An edge from a later to an earlier one never makes a circle.
    const graph = fc.integer({ min: 1, max: 9 }).chain(size =>
      fc.tuple(
        fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1), fc.constantFrom('Ref', 'Sub', 'DependsOn')), {
          maxLength: 20,
        }),
        fc.shuffledSubarray([...Array(size).keys()], { minLength: size }),
      ),
    )
    fc.assert(
      fc.property(graph, ([pairs, order]) => {
        const edges = pairs.flatMap(([a, b, kind]) =>
          a === b ? [] : [{ from: Math.max(a, b), to: Math.min(a, b), kind }],
        )
        const Resources = Object.fromEntries(
          order.map(number => {
            const own = edges.filter(({ from }) => from === number)
            const to = (kind: string) => own.filter(edge => edge.kind === kind).map(edge => `R${edge.to}`)
            const Tags = [
              ...to('Ref').map(Ref => ({ Ref })),
              ...to('Sub').map(id => ({ 'Fn::Sub': `\${${id}.Arn}` })),
            ]
            return [`R${number}`, { ...queue, Properties: { Tags }, DependsOn: to('DependsOn') }]
          }),
        )
        const { resources } = resolveStacks([{ name: 'Demo', template: { Resources } }])
        const ids = resources.map(({ id }) => id)
        expect([...ids].sort()).toEqual(order.map(number => `R${number}`).sort())
        for (const { from, to } of edges) expect(ids.indexOf(`R${to}`)).toBeLessThan(ids.indexOf(`R${from}`))
      }),
    )
  })

  it.each([
    [
      { A: { ...queue, DependsOn: 'B' }, B: { ...queue, Properties: { Tags: { Ref: 'A' } } } },
      'Demo.Resources.A: got "A → B → A"; allowed is no circle of references',
    ],
    [
      { A: { ...queue, Properties: { QueueName: { 'Fn::GetAtt': ['A', 'QueueName'] } } } },
      'Demo.Resources.A: got "A → A"; allowed is no circle of names',
    ],
    [{ A: { ...queue, DependsOn: 'Gone' } }, 'Demo.Resources.A.DependsOn: got "Gone"'],
    [
      { A: { Type: 'AWS::EC2::Instance' } },
      'Demo.Resources.A.Type: got "AWS::EC2::Instance"; allowed is one of AWS::ApiGateway::Account, AWS::ApiGateway::ApiKey',
    ],
    [{ A: { ...queue, Colour: 'red' } }, 'Demo.Resources.A.Colour: got "red"; allowed is nothing'],
    [{ A: { Properties: {} } }, 'Demo.Resources.A.Type: got undefined'],
    [{ A: 1 }, 'Demo.Resources.A: got 1; allowed is an object'],
  ])('%j is refused', (Resources, message) => {
    expect(() => outputsOf({ Resources })).toThrow(message)
  })

  it('refuses sections that change the template', () => {
    expect(() => outputsOf({ Transform: 'AWS::Serverless-2016-10-31' })).toThrow(
      'Demo.Transform: got "AWS::Serverless-2016-10-31"; allowed is nothing',
    )
  })
})

describe('several stacks', () => {
  const exporting = (name: string, Value: unknown, more: Json = {}) => ({
    name,
    template: {
      ...more,
      Outputs: { Out: { Value, Export: { Name: { 'Fn::Sub': '${AWS::StackName}:out' } } } },
    },
  })

  it('refer to each other by exports, and the needed come first', () => {
    const Resources = { Reader: { ...queue, Properties: { Tags: { 'Fn::ImportValue': 'First:out' } } } }
    const second = exporting('Second', { Ref: 'Reader' }, { Resources })
    const first = exporting('First', { 'Fn::GetAtt': ['Queue', 'Arn'] }, Queues)
    const { resources } = resolveStacks([second, first])
    expect(resources.map(({ where }) => where)).toEqual(['First.Resources.Queue', 'Second.Resources.Reader'])
    expect(resources[1]!.properties.Tags).toBe('arn:aws:sqs:us-east-1:000000000000:First-Queue')
  })

  it('may not export one name twice, nor import in a circle', () => {
    const twice = (name: string) => ({
      name,
      template: { Outputs: { Out: { Value: 1, Export: { Name: 'same' } } } },
    })
    expect(() => resolveStacks([twice('A'), twice('B')])).toThrow(
      'B.Outputs.Out: got "same"; allowed is an export’s name once: A.Outputs.Out has it as well',
    )
    const around = [
      exporting('A', { 'Fn::ImportValue': 'B:out' }),
      exporting('B', { 'Fn::ImportValue': 'A:out' }),
    ]
    expect(() => resolveStacks(around)).toThrow('got "B:out → A:out → B:out"; allowed is no circle')
  })

  it('need names of their own', () => {
    const stack = { name: 'Demo', template: {} }
    expect(() => resolveStacks([stack, stack])).toThrow('name: got "Demo"; allowed is a name for each stack')
    expect(() => resolveStacks([stack], { parameters: { Dmo: {} } })).toThrow('parameters: got "Dmo"')
  })
})

it('resolveStacks makes the same each time, and changes nothing it is given', () => {
  const template = {
    Resources: { Queue: { ...queue, Properties: { Tags: [{ 'Fn::Sub': '${AWS::Region}' }] } } },
  }
  const before = structuredClone(template)
  const stacks = [{ name: 'Demo', template }]
  expect(resolveStacks(stacks)).toEqual(resolveStacks(stacks))
  expect(template).toEqual(before)
})

it('resolveStacks answers or says what is wrong where, whatever it is given', () => {
  const key = fc.constantFrom(
    'Ref',
    'Fn::GetAtt',
    'Fn::Sub',
    'Fn::Join',
    'Fn::Select',
    'Fn::Split',
    'Fn::If',
    'Fn::FindInMap',
    'Fn::ImportValue',
    'Fn::Base64',
    'Fn::And',
    'Fn::Not',
    'Fn::Equals',
    'Condition',
    'plain',
  )
  const leaf = fc.oneof(
    fc.constantFrom(
      'Queue',
      'Queue.Arn',
      'Other',
      'A',
      'B',
      '${Queue}',
      '${A.Arn}',
      '${',
      'AWS::NoValue',
      'Demo:out',
      '',
      'toString',
    ),
    fc.integer({ min: -1, max: 2 }),
    fc.constant(null),
    fc.boolean(),
  )
  const { value } = fc.letrec<{ value: unknown }>(tie => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.tuple(key, tie('value')).map(([name, argument]) => ({ [name]: argument })),
      fc
        .tuple(key, fc.array(tie('value'), { minLength: 2, maxLength: 3 }))
        .map(([name, list]) => ({ [name]: list })),
      fc.dictionary(key, tie('value'), { maxKeys: 2, noNullPrototype: true }),
    ),
  }))
  const template = fc.record(
    {
      Parameters: fc.dictionary(fc.constantFrom('A', 'B'), value, { noNullPrototype: true }),
      Mappings: fc.dictionary(fc.constantFrom('A', 'B'), value, { noNullPrototype: true }),
      Conditions: fc.dictionary(fc.constantFrom('A', 'B'), value, { noNullPrototype: true }),
      Resources: fc.record(
        {
          Queue: fc.record(
            {
              Type: fc.constant('AWS::SQS::Queue'),
              Properties: fc.record({ QueueName: value, Tags: value }),
              DependsOn: fc.constantFrom<unknown>('Queue', 'Other', ['Queue'], 'Gone', 1),
            },
            { requiredKeys: ['Type'] },
          ),
          Other: fc.record(
            {
              Type: fc.constant('AWS::Lambda::Alias'),
              Properties: fc.record({ FunctionName: value, Name: value }),
              Condition: fc.constantFrom<unknown>('A', 'B', 1),
            },
            { requiredKeys: ['Type'] },
          ),
        },
        { requiredKeys: [] },
      ),
      Outputs: fc.dictionary(
        fc.constantFrom('Out', 'A'),
        fc.record(
          {
            Value: value,
            Export: fc.record({ Name: value }),
            Condition: fc.constantFrom<unknown>('A', 'B', 1),
          },
          { requiredKeys: ['Value'] },
        ),
        { noNullPrototype: true },
      ),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(template, given => {
      try {
        resolveStacks([{ name: 'Demo', template: given }])
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError)
        expect((error as Error).message).toMatch(/^Demo\b.*: got .*; allowed is /s)
      }
    }),
    { numRuns: 2_000 },
  )
})

it('an alias that names itself as its function ended in a stack overflow', () => {
  const Alias = { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Alias' }, Name: 'live' } }
  expect(() => resolveStacks([{ name: 'Demo', template: { Resources: { Alias } } }])).toThrow(
    /^Demo\.Resources\.Alias\.Properties\.FunctionName: got ".* → .*"; allowed is no circle of names/,
  )
})
