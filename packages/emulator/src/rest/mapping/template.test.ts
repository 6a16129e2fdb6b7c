import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../../test/tier.ts'
import { compileTemplate } from './template.ts'

const parameters = {
  path: { id: '7', both: 'path' },
  querystring: { page: '2', both: 'query' },
  header: { 'X-Trace': 't', both: 'header' },
}

function render(template: string, body: unknown = {}, context: Record<string, unknown> = {}): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return compileTemplate(
    template,
    'T',
  )({ body: text, parameters, context, stageVariables: { color: 'blue' } })
}

const payload = { a: { b: [1, { c: 'x' }], n: null }, t: 'text', zero: 0, off: false, n: 4_200 }

describe('$input', () => {
  it.each([
    ['$input.body', JSON.stringify(payload)],
    ["$input.json('$')", JSON.stringify(payload)],
    ["$input.json('$.a.b')", '[1,{"c":"x"}]'],
    ['$input.json("$.t")', '"text"'],
    ["$input.json('$.a.n')", 'null'],
    ["$input.json('$.none')", '""'],
    ["$input.path('$.t')", 'text'],
    ["$input.path('$.none')", ''],
    ["$input.path('$').a.b[1].c", 'x'],
    ["$input.path('$.a')", '{b=[1,{"c":"x"}], n=null}'],
    ["$input.path('$.a.b')", '[1,{"c":"x"}]'],
    ["$input.params('id') $input.params('both') $input.params('page')", '7 path 2'],
    ["$input.params('x-trace')|$input.params('none')|$input.params().querystring.page", 't||2'],
    ["$input.params().header.get('X-Trace')", 't'],
  ])('%s', (template, text) => expect(render(template, payload)).toBe(text))

  it('takes an empty body for {}', () => {
    expect(render("$input.body $input.json('$') $input.path('$.a')", '')).toBe('{} {} ')
  })
})

describe('$util', () => {
  it.each([
    ["$util.escapeJavaScript($input.path('$.v'))", `\\'\\"\\\\\\/\\n\\u0000\\u00FC`],
    ['$util.parseJson(\'{"a":[{"b":2}]}\').a[0].b', '2'],
    ["$util.urlEncode('a b&ü') $util.urlDecode('a+b%26%C3%BC')", 'a+b%26%C3%BC a b&ü'],
    ["$util.base64Encode('ü') $util.base64Decode('w7w=')", 'w7w= ü'],
  ])('%s', (template, text) => expect(render(template, { v: `'"\\/\n\u0000ü` })).toBe(text))

  it("makes valid JSON of any text, once its \\' is put right", () => {
    const template = compileTemplate(
      `{"v": "$util.escapeJavaScript($input.path('$.v')).replaceAll("\\\\'", "'")"}`,
      'T',
    )
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.constantFrom("\\'", "\\\\'", '$v', '#end', '\ud800'),
    )
    fc.assert(
      fc.property(texts, v => {
        const text = template({ body: JSON.stringify({ v }), parameters, context: {}, stageVariables: {} })
        expect(JSON.parse(text)).toEqual({ v })
      }),
      { numRuns: runs(30, 500) },
    )
  })

  it('makes valid JSON of any body, as text and as it is', () => {
    const template = compileTemplate(
      `{"text": "$util.escapeJavaScript($input.body).replaceAll("\\\\'", "'")", "value": $input.json('$.v')}`,
      'T',
    )
    fc.assert(
      fc.property(fc.jsonValue(), v => {
        const body = JSON.stringify({ v })
        const text = template({ body, parameters, context: {}, stageVariables: {} })
        expect(JSON.parse(text)).toEqual({ text: body, value: JSON.parse(body).v })
      }),
    )
  })

  it('what it encodes it decodes', () => {
    const template = compileTemplate(
      '$util.base64Decode($util.base64Encode($input.body))$util.urlDecode($util.urlEncode($input.body))',
      'T',
    )
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1 }).filter(text => text.isWellFormed()),
        body => {
          expect(template({ body, parameters, context: {}, stageVariables: {} })).toBe(body + body)
        },
      ),
    )
  })
})

describe('Velocity as in Java', () => {
  it.each([
    [
      'only null and false are false',
      '#if("")1#end#if(0)2#end#if($none)3#end#if($input.path("$.off"))4#end',
      '12',
    ],
    [
      'what is of two types is compared as text',
      '#if(1 == "1")1#end#if("" == 0)2#end#if($none == "")3#end',
      '1',
    ],
    ['null is null', '#if($none == $other)1#end#if($input.path("$.a.n") == $none)2#end', '12'],
    ['whole numbers divide to whole ones', "#set($s = ($input.path('$.n') + 999) / 1000)$s", '5'],
    ['others do not', '#set($s = 1.5 / 2)$s', '0.75'],
    ['text is added to', '#set($s = "a" + 1)$s', 'a1'],
    ['text is not smaller than a number', '#if("1" < 2)1#{else}0#end', '0'],
    ['nothing comes of dividing by nothing', '#set($s = 1 / 0)$s', '$s'],
    ['setting to nothing sets nothing', '#set($s = "a")#set($s = $none)$s', 'a'],
    ['an unknown reference is printed as it is', `$none.a $!none.a \${none}`, `$none.a  \${none}`],
    ['unless it is of the gateway', '[$context.none.x$stageVariables.none]', '[]'],
    ['replaceAll takes a regular expression', `$input.path('$.t').replaceAll("(t)e", "$1\\$")`, 't$xt'],
    [
      'lists and maps have their methods',
      '#set($m = {"k": [1, 2]})$m.k.size() $m.keySet().contains("k") $m.empty $!m.k.get(0).empty.',
      '2 true false .',
    ],
    [
      'foreach counts',
      '#foreach($i in [1..3])$foreach.count:$i#if($foreach.hasNext),#end#end $i',
      '1:1,2:2,3:3 $i',
    ],
    [
      'foreach goes over the values of a map',
      "#set($m = {'a': 'x', 'b': 'y'})#foreach($v in $m)$v#end#foreach($v in [])n#end",
      'xy',
    ],
    ['a loop in a loop', '#foreach($a in [1, 2])#foreach($b in [3, 4])$a$b #end#end', '13 14 23 24 '],
    [
      'elseif and else',
      '#if(false)1#elseif(true && !false)2#{else}3#end#if(false || false)4#{else}5#end',
      '25',
    ],
    [
      'nothing inherited can be reached',
      "[$!input.path('$').constructor.name$!input.path('$')['__proto__']]",
      '[]',
    ],
    ['macros', '#macro(item $x)<$x>#end#item("a")#item($stageVariables.color)', '<a><blue>'],
  ])('%s', (_, template, text) => expect(render(template, payload)).toBe(text))

  it('sets what overrides the response', () => {
    const context = { responseOverride: { header: {} } }
    render('#set($context.responseOverride.status = 503)', {}, context)
    render('#set($context.responseOverride.header.Retry-After = "5")', {}, context)
    expect(context).toEqual({ responseOverride: { status: 503, header: { 'Retry-After': '5' } } })
  })

  it('renders the same again: no rendering leaves anything to the next', () => {
    const template = compileTemplate('$!s#set($s = "set")#foreach($i in [1, 2])#set($t = "$i")$t#end', 'T')
    const variables = { body: '', parameters, context: {}, stageVariables: {} }
    expect([template(variables), template(variables)]).toEqual(['12', '12'])
  })
})

describe('a mistake is found when the template is compiled:', () => {
  it.each([
    ['#if($x) a', 'its one #end'],
    ['a #end b', 'its one #end'],
    ['#set($x = )', 'Parse error'],
    ['#foreach($i in [1])#break#end', '#break'],
    ['#parse("x.vm")', '#parse'],
    ['$util.toJson($x)', '$util.toJson'],
    ['$util.escapeJavascript($x)', '$util.escapeJavascript'],
    ["$input.paths('$.a')", '$input.paths'],
    ['$input.path', '$input.path'],
    ['$input.body()', '$input.body'],
    ['$x.frobnicate()', 'frobnicate'],
    ["$input.path('$..a')", '$..a'],
    ['#set($x = "a $input.json(\'$.*\')")', '$.*'],
  ])('%s', (template, named) => {
    expect(() => compileTemplate(template, 'Method.Templates')).toThrow(TypeError)
    expect(() => compileTemplate(template, 'Method.Templates')).toThrow(/^Method\.Templates: /)
    expect(() => compileTemplate(template, 'Method.Templates')).toThrow(named)
  })
})

it.each([
  ["$input.json('$')", 'not json', 'BodyError'],
  ["$util.parseJson('{')", '', 'SyntaxError'],
  ["$input.path('$.n').trim()", { n: 1 }, 'Error'],
])('%s of %j fails when it is rendered', (template, body, name) => {
  expect(() => render(template, body)).toThrow(expect.objectContaining({ name }))
})
