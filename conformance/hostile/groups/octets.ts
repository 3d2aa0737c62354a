// Groups `json`, `msgpack`, `cbor` and `keys`: octets that are no message or hold what another serializer cannot, and names of
// properties that every JavaScript object has.

import type { Bytes, Case, Expectation, Via } from '../case.ts'
import { acting, message, sending, VIOLATION } from './make.ts'

/**
 * What an echo of an odd value may be: it comes back, or its sender gets an error because it cannot be delivered, or the callee,
 * which gets it unchanged, fails to send it back.
 */
const ANSWERED: Expectation = {
  any: [[50, '*', '*', '*'], [50, '*', '*'], 'ERROR wamp.error.invalid_argument', 'ERROR wamp.error.runtime_error'],
}
const REFUSED = 'ERROR wamp.error.invalid_argument'
const ECHO = '[48,1,{},"com.bystander.echo",['

export function jsonCases(): Case[] {
  const bad = (name: string, bytes: Bytes): Case => message(name, 'ws.json', bytes, VIOLATION)
  const value = (text: string): Case => bad(`payload ${text}`, `${ECHO}${text}]]`)
  const echo = (text: string, expect: Expectation): Case =>
    message(`echo of ${text.slice(0, 40)}`, 'ws.json', `${ECHO}${text}]]`, request(expect))
  const deep = (times: number, open: string): Case => bad(`${times} times ${open}`, [{ of: open, times }])
  return [
    ...['', ' ', 'null', 'true', '1', '"a"', '{}', '[', ']', '[]', '[[]]', '[null]', '["48"]', '[48', '[48,', '[48,]', '[,48]', 'x'].map(
      (text) => bad(`the message ${JSON.stringify(text)}`, text),
    ),
    ...[
      'NaN',
      'Infinity',
      '-Infinity',
      '0x10',
      '01',
      '+1',
      '.5',
      '1.',
      '1e',
      '1e+',
      '-',
      '--1',
      "'a'",
      'a',
      'undefined',
      'True',
      'nul',
    ].map(value),
    ...[
      '"a',
      '"\\x41"',
      '"\\u12"',
      '"\\u12g4"',
      '"\n"',
      '"\t"',
      '"\u0000"',
      '"\\"',
      '1,',
      ',1',
      '{"a"}',
      '{"a":}',
      '{a:1}',
      '{1:1}',
      '{"a":1,}',
      '[1',
      '1 2',
    ].map(value),
    bad('a comment', '[48,1,{},"com.a"/* no */]'),
    bad('a comma at the end', '[48,1,{},"com.a",]'),
    bad('something behind the message', '[48,1,{},"com.a"]x'),
    bad('two messages in one', '[48,1,{},"com.a"][48,2,{},"com.a"]'),
    bad('two messages by lines', '[48,1,{},"com.a"]\n[48,2,{},"com.a"]'),
    bad('a byte order mark', ['hex:efbbbf', '[48,1,{},"com.a"]']),
    bad('UTF-16', 'hex:5b00340038005d00'),
    bad('a NUL behind the message', '[48,1,{},"com.a"]\u0000'),
    ...['80', 'c0af', 'c3', 'e282', 'eda080', 'f5808080', 'f8888080', 'ff', 'fe'].map((octets) =>
      bad(`a string of the octets ${octets}, no UTF-8`, [`${ECHO}"`, `hex:${octets}`, '"]]']),
    ),
    ...['80', 'eda080', 'ff'].map((octets) => bad(`a URI of the octets ${octets}, no UTF-8`, ['[48,1,{},"', `hex:${octets}`, '"]'])),
    ...[65, 1_000, 100_000].flatMap((times) => [deep(times, '['), deep(times, '{"a":')]),
    bad('a payload 65 deep', [ECHO, { of: '[', times: 63 }, { of: ']', times: 63 }, ']]']),
    bad('options 100,000 deep', ['[48,1,{"a":', { of: '[', times: 100_000 }, { of: ']', times: 100_000 }, '},"com.a"]']),
    bad('a key that is there twice in the options', '[16,1,{"acknowledge":true,"acknowledge":false},"com.a"]'),
    bad('a key that is there twice, once escaped', '[16,1,{"acknowledge":true,"\\u0061cknowledge":false},"com.a"]'),
    bad('a million blanks and no message', [{ of: ' ', times: 1_000_000 }]),
    message('a payload 64 deep', 'ws.json', [ECHO, { of: '[', times: 61 }, { of: ']', times: 61 }, ']]'], request([50, 1, {}, '*'])),
    echo('[{"a":1,"a":2}]', ANSWERED),
    echo('"\\ud800"', ANSWERED),
    echo('"\\udc00\\ud800"', ANSWERED),
    echo('1e400', ANSWERED),
    echo('-0', ANSWERED),
    echo('9007199254740993', ANSWERED),
    echo('1e-400', ANSWERED),
    echo('"\\u0000AAAA"', ANSWERED),
    echo('"\\u0000no base64!"', ANSWERED),
    echo('"\\u2028\\u2029\\ufeff\\u007f"', [50, 1, {}, ['\u2028\u2029\ufeff\u007f']]),
    message('an integer of 100,000 digits', 'ws.json', [ECHO, { of: '9', times: 100_000 }, ']]'], request(ANSWERED)),
    message('100,000 keys', 'ws.json', [`${ECHO}{"a":0`, { of: ',"a":0', times: 100_000 }, '}]]'], request(ANSWERED)),
    message('100,000 empty lists', 'ws.json', [`${ECHO}[[]`, { of: ',[]', times: 100_000 }, ']]]'], request([50, 1, {}, '*'])),
  ]
}

/** Octets bypass the encoder, so the ERROR of the first request is written in full; it may have a text. */
function request(expect: Expectation): Expectation {
  const alternatives = typeof expect === 'object' && 'any' in expect ? expect.any : [expect]
  const written = alternatives.flatMap((each) => (typeof each === 'string' && each.startsWith('ERROR ') ? errors(each.slice(6)) : [each]))
  return written.length === 1 ? (written[0] as Expectation) : { any: written }
}

function errors(uri: string): (readonly unknown[])[] {
  const bare = [8, 48, 1, '*', uri]
  return [bare, [...bare, '*'], [...bare, '*', '*']]
}

const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'then',
  'toJSON',
  'length',
  '__defineGetter__',
  '0',
]

export function keysCases(): Case[] {
  return KEYS.flatMap((key, i) => {
    const via = (['ws.json', 'ws.msgpack', 'ws.cbor'] as const)[i % 3] as Via
    const dict = { [key]: { [key]: 'x' }, polluted: true }
    return [
      sending(`key ${key} in args`, [48, 1, {}, 'com.bystander.echo', [dict]], [50, 1, {}, [dict]], { via }),
      sending(`key ${key} in the options`, [16, 1, { acknowledge: true, [key]: { exclude_me: false } }, 'com.a'], [17, 1, '*'], { via }),
      sending(`procedure ${key}`, [48, 1, {}, key], 'ERROR wamp.error.no_such_procedure', { via }),
      acting(
        `topic ${key} and procedure ${key}.$n`,
        [
          { send: [32, 1, {}, key], expect: [33, 1, '*'] },
          { send: [16, 2, { exclude_me: false, eligible: ['$main'] }, key, [], dict], expect: [36, '$subscription', '*', {}, [], dict] },
          { send: [64, 3, {}, `${key}.$n`], expect: [65, 3, '*'] },
          { send: [66, 4, '$registration'], expect: [67, 4] },
        ],
        { via },
      ),
    ]
  })
}

/** CALL of the bystander's echo: list of five, 48, 1, {}, the URI, then args. */
const MSGPACK_ECHO = 'hex:95300180b2636f6d2e62797374616e6465722e6563686f'
const MSGPACK_CALL = 'hex:94300180'
const CBOR_ECHO = 'hex:85183001a072636f6d2e62797374616e6465722e6563686f'
const CBOR_CALL = 'hex:84183001a0'

export function msgpackCases(): Case[] {
  let turn = 0
  const via = (): Via => (turn++ % 2 === 0 ? 'ws.msgpack' : 'rs.msgpack')
  const bad = (name: string, bytes: Bytes): Case => message(name, via(), bytes, VIOLATION)
  const header = (name: string, octets: string): Case => bad(name, `hex:${octets}`)
  const payload = (name: string, octets: string, expect: Expectation): Case =>
    message(`payload: ${name}`, via(), [MSGPACK_ECHO, `hex:91${octets}`], request(expect))
  return [
    ...['', 'c0', 'c2', '00', 'a161', '80', '90', '9190', '91c0', 'c1', 'c403000000', 'd40100'].map((octets) =>
      header(`the octets ${octets === '' ? 'of nothing' : octets}`, octets),
    ),
    ...[
      ['a list of 2^32-1', 'ddffffffff'],
      ['a dict of 2^32-1', 'dfffffffff'],
      ['a list of 65,535', 'dcffff'],
      ['a dict of 65,535', 'deffff'],
      ['a string of 2^32-1 as URI', '94300180dbffffffff'],
      ['octets of 2^32-1 as payload', '953001 80a161c6ffffffff'],
      ['an extension of 2^32-1 as payload', '95300180a16191c9ffffffff01'],
      ['options of 2^32-1', '943001dfffffffff'],
      ['a list that ends early', '943001'],
      ['something behind the message', '94300180a16100'],
      ['two messages', '94300180a16194300180a161'],
      ['a negative type', '94d0d00180a161'],
      ['a type that is a float', '94cb40480000000000000180a161'],
      ['a request id that is a float', '9430cb3ff800000000000080a161'],
      ['a request id of 2^63', '9430cf800000000000000080a161'],
      ['a request id of -1', '9430ff80a161'],
      ['a URI that is octets', '94300180c40161'],
      ['a URI that is an extension', '94300180d40161'],
      ['a URI that is no UTF-8', '94300180a1ff'],
      ['a URI that is a surrogate', '94300180a3eda080'],
      ['options with a key that is an integer', '943001810101a161'],
      ['options with a key that is nil', '94300181c001a161'],
      ['options with a key that is octets', '94300181c4016101a161'],
      ['options with a key twice', '94300182a774696d656f757401a774696d656f757402a161'],
      ['the reserved octet as payload', '95300180a16191c1'],
      ['args that are a dict', '95300180a16180'],
      ['args that are octets', '95300180a161c40100'],
      ['kwargs that are a list', '96300180a1619090'],
    ].map(([name = '', octets = '']) => header(name, octets)),
    ...[65, 1_000, 100_000].map((times) => bad(`${times} lists`, [{ of: 'hex:91', times }])),
    bad('100,000 dicts', ['hex:943001', { of: 'hex:81a161', times: 100_000 }]),
    bad('a payload 100,000 deep', [MSGPACK_CALL.replace('94', '95'), 'hex:a161', { of: 'hex:91', times: 100_000 }, 'hex:c0']),
    payload('a string that is no UTF-8', 'a1ff', VIOLATION),
    payload('an extension', 'd40100', REFUSED),
    payload('a timestamp', 'd6ff00000000', REFUSED),
    payload('an extension of no octets', 'c70001', REFUSED),
    payload('NaN', 'cb7ff8000000000000', REFUSED),
    payload('infinity', 'cb7ff0000000000000', REFUSED),
    payload('a key that is an integer', '810101', REFUSED),
    payload('a key that is nil', '81c001', REFUSED),
    payload('a key that is a list', '819001', REFUSED),
    payload('2^64-1', 'cfffffffffffffffff', ANSWERED),
    payload('-2^63', 'd38000000000000000', ANSWERED),
    payload('octets', 'c403010203', ANSWERED),
    payload('a key twice', '82a16101a16102', ANSWERED),
    payload('__proto__', '81a95f5f70726f746f5f5f81a16101', ANSWERED),
    message(
      'every length in its longest form',
      'ws.msgpack',
      'hex:dd00000004d300000000000000 30cf0000000000000001df00000000db0000000161'.replaceAll(' ', ''),
      [8, 48, 1, '*', 'wamp.error.no_such_procedure', '*'],
    ),
  ]
}

export function cborCases(): Case[] {
  let turn = 0
  const via = (): Via => (turn++ % 2 === 0 ? 'ws.cbor' : 'rs.cbor')
  const bad = (name: string, bytes: Bytes): Case => message(name, via(), bytes, VIOLATION)
  const header = (name: string, octets: string): Case => bad(name, `hex:${octets}`)
  const payload = (name: string, octets: string, expect: Expectation): Case =>
    message(`payload: ${name}`, via(), [CBOR_ECHO, `hex:81${octets}`], request(expect))
  return [
    ...[
      '',
      'f6',
      'f5',
      '00',
      '6161',
      'a0',
      '80',
      '8180',
      '81f6',
      'ff',
      '1c',
      '9f',
      '9fff',
      'c0',
      'd9d9f7',
      '5f',
      '7f',
      'f8',
      'f818',
      'fc',
    ].map((octets) => header(`the octets ${octets === '' ? 'of nothing' : octets}`, octets)),
    ...[
      ['a list of 2^63', '9b8000000000000000'],
      ['a list of 2^32-1', '9affffffff'],
      ['a dict of 2^64-1', 'bbffffffffffffffff'],
      ['a string of 2^63 as URI', '84183001a07b8000000000000000'],
      ['octets of 2^63 as payload', '85183001a06161815b8000000000000000'],
      ['options of 2^32-1', '84183001baffffffff'],
      ['a list that ends early', '84183001'],
      ['a list without its break', '9f183001a06161'],
      ['something behind the message', '84183001a0616100'],
      ['a break behind the message', '84183001a06161ff'],
      ['a message within a tag', 'd9d9f784183001a06161ff'],
      ['a negative type', '843801 01a06161'.replaceAll(' ', '')],
      ['a type that is a float', '84f95200 01a06161'.replaceAll(' ', '')],
      ['a request id that is a float', '841830f93e00a06161'],
      ['a request id of 2^63', '8418301b8000000000000000a06161'],
      ['a request id that is a bignum', '841830c24101a06161'],
      ['a request id of -1', '84183020a06161'],
      ['a URI that is octets', '84183001a04161'],
      ['a URI within a tag', '84183001a0d8206161'],
      ['a URI that is no UTF-8', '84183001a061ff'],
      ['a URI in chunks that are octets', '84183001a07f4161ff'],
      ['a URI in chunks of chunks', '84183001a07f7f6161ffff'],
      ['options with a key that is an integer', '84183001a101016161'],
      ['options with a key that is null', '84183001a1f6016161'],
      ['options with a key that is octets', '84183001a14161016161'],
      ['options with a key twice', '84183001a26774696d656f7574016774696d656f7574026161'],
      ['options without their break', '84183001bf6161 01'.replaceAll(' ', '')],
      ['options with a break for a value', '84183001bf6161ff6161'],
      ['a reserved length as payload', '85183001a06161811c'],
      ['a reserved length of a string', '85183001a06161817d'],
      ['a break in a list of known length', '85183001a0616182 01ff'.replaceAll(' ', '')],
      ['a simple value below 32 in two octets', '85183001a0616181f801'],
      ['args that are a dict', '85183001a06161a0'],
      ['args that are octets', '85183001a0616141 00'.replaceAll(' ', '')],
      ['kwargs that are a list', '86183001a061618080'],
      ['a tag of nothing', '85183001a0616181c0'],
    ].map(([name = '', octets = '']) => header(name, octets)),
    ...[65, 1_000, 100_000].map((times) => bad(`${times} lists`, [{ of: 'hex:81', times }])),
    ...[1_000, 100_000].map((times) => bad(`${times} tags`, [{ of: 'hex:c1', times }])),
    bad('100,000 lists without an end', [{ of: 'hex:9f', times: 100_000 }]),
    bad('100,000 dicts', ['hex:84183001', { of: 'hex:a16161', times: 100_000 }]),
    bad('a payload 100,000 deep', [CBOR_CALL.replace('84', '85'), 'hex:6161', { of: 'hex:81', times: 100_000 }, 'hex:f6']),
    bad('a payload of 100,000 tags', [CBOR_ECHO, 'hex:81', { of: 'hex:c1', times: 100_000 }, 'hex:00']),
    payload('a string that is no UTF-8', '61ff', VIOLATION),
    payload('a date', 'c074323031332d30332d32315432303a30343a30305a', REFUSED),
    payload('a bignum', 'c249010000000000000000', REFUSED),
    payload('a rational', 'd81e820103', REFUSED),
    payload('a regular expression', 'd8236128', REFUSED),
    payload('a value that holds itself', 'd81c81d81d00', REFUSED),
    payload('a set', 'd9010280', REFUSED),
    payload('NaN', 'f97e00', REFUSED),
    payload('infinity', 'fb7ff0000000000000', REFUSED),
    payload('a simple value', 'f0', REFUSED),
    payload('a key that is an integer', 'a10101', REFUSED),
    payload('a key that is a list', 'a18001', REFUSED),
    payload('undefined', 'f7', ANSWERED),
    payload('2^64-1', '1bffffffffffffffff', ANSWERED),
    payload('-2^64', '3bffffffffffffffff', ANSWERED),
    payload('octets', '43010203', ANSWERED),
    payload('octets in a typed array', 'd84043010203', ANSWERED),
    payload('a list without known length', '9f0102ff', [50, 1, {}, [[1, 2]]]),
    payload('a string in chunks', '7f61616162ff', [50, 1, {}, ['ab']]),
    payload('a key twice', 'a2616101616102', ANSWERED),
    payload('__proto__', 'a1695f5f70726f746f5f5fa1616101', ANSWERED),
    message('a message of parts without known length', 'ws.cbor', 'hex:9f18301b0000000000000001bfff7f6161ffff', [
      8,
      48,
      1,
      '*',
      'wamp.error.no_such_procedure',
      '*',
    ]),
  ]
}
