// Shows messages between JSON and the wire, and that what is wrong is named with its place.

import { MESSAGES } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import { result, resultWith } from '../testing/running-command.ts'
import { serializerFor, serializerOf } from '../wire/read-message.ts'

const CALL = '["CALL", 1, {}, "com.example.add", [2, 3]]'
const MSGPACK = '95300180af636f6d2e6578616d706c652e616464920203'
const SERIALIZERS = ['json', 'msgpack', 'cbor'] as const

async function run(...words: string[]): Promise<string> {
  const { code, out, err } = await result('msg', ...words)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return out.trim()
}

describe('trunkline msg encode', () => {
  it.each([
    [[CALL], '[48,1,{},"com.example.add",[2,3]]'],
    [[CALL, '--to', 'msgpack'], MSGPACK],
    [[CALL, '--to', 'cbor', '--as', 'base64'], 'hRgwAaBvY29tLmV4YW1wbGUuYWRkggID'],
    [[CALL, '--rawsocket'], `00000021${Buffer.from('[48,1,{},"com.example.add",[2,3]]').toString('hex')}`],
    [['[1,"realm1",{"roles":{}}]'], '[1,"realm1",{"roles":{}}]'],
    [['["event",9007199254740992,1,{}]'], '[36,9007199254740992,1,{}]'],
  ])('writes %j', async (words, out) => {
    expect(await run('encode', ...words)).toBe(out)
  })

  it('reads the message from stdin', async () => {
    expect(await resultWith(`${CALL}\n`, 'msg', 'encode', '-', '--to', 'msgpack')).toEqual({ code: 0, out: `${MSGPACK}\n`, err: '' })
  })

  it.each([
    ['["CAL",1]', "did you mean 'CALL'?"],
    ['[99]', '99 is no WAMP message'],
    ['[48,1,{}]', 'CALL has 3 elements before its payload, not 4'],
    ['[48,1,{},"a",[],{},7]', 'too many'],
    ['[32,1,{"match":"sideways"},"a"]', 'match is not one of exact, prefix, wildcard'],
  ])('ends with 1 for the message %s', async (text, fault) => {
    const { code, out, err } = await result('msg', 'encode', text)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain(fault)
  })
})

describe('trunkline msg decode', () => {
  it.each([
    MSGPACK,
    MSGPACK.toUpperCase(),
    '0x95 0x30 01:80:af 636f6d2e6578616d706c652e616464920203',
    Buffer.from(MSGPACK, 'hex').toString('base64'),
  ])('names the elements of %s', async (text) => {
    expect(await run('decode', text)).toBe(`CALL (48), from the client, 23 octets of MessagePack
  Request       1
  Options       {}
  Procedure     "com.example.add"
  Arguments     [2,3]`)
  })

  it('prints a document for programs, which encode takes again', async () => {
    const document = JSON.parse(await run('decode', MSGPACK, '--json')) as { message: unknown }
    expect(document).toEqual({
      type: 'CALL',
      code: 48,
      sender: 'client',
      serializer: 'msgpack',
      octets: 23,
      elements: { Request: 1, Options: {}, Procedure: 'com.example.add', Arguments: [2, 3] },
      message: [48, 1, {}, 'com.example.add', [2, 3]],
    })
    expect(await run('encode', JSON.stringify(document.message), '--to', 'msgpack')).toBe(MSGPACK)
  })

  it('knows the serializer of each message by its first octet', () => {
    for (const serializer of SERIALIZERS) {
      const form = serializerFor(serializer)
      for (let length = 1; length <= 7; length++) {
        const list = form.encodeItems([Array.from({ length }, () => 1)])
        expect([length, serializerOf(list)]).toEqual([length, serializer])
      }
    }
    expect(Math.max(...MESSAGES.map(({ fields }) => fields.length + 3))).toBeLessThanOrEqual(7)
  })

  it('reads a stream of RawSocket, as octets on stdin', async () => {
    const message = Buffer.from('[48,1,{},"com.example.add"]')
    const frame = (type: number, payload: Buffer): Buffer => Buffer.concat([Buffer.from([type, 0, 0, payload.length]), payload])
    const stream = Buffer.concat([
      Buffer.from('7ff10000', 'hex'),
      frame(0, message),
      frame(1, Buffer.from('hi')),
      frame(0, Buffer.from('[48]')),
    ])
    const { code, out, err } = await resultWith(stream.toString('latin1'), 'msg', 'decode', '-')
    expect(code).toBe(1)
    expect(out).toMatch(/^RawSocket handshake: json, messages of up to 16777215 octets\nCALL .*\n[\s\S]*\nRawSocket ping: 2 octets\nCALL /)
    expect(err).toBe('error: the frame at octet 41: CALL has 1 elements before its payload, not 4\n')
  })

  it.each([
    ['9530', 'malformed MessagePack at octet 2'],
    ['[48,1,{},"a"', 'malformed JSON at octet 12'],
    ['85183001a0', 'malformed CBOR at octet'],
    ['[48,1,{},7]', 'CALL.Procedure is not of the type uri'],
    ['[48,1,{"disclose_me":1},"a"]', 'CALL: disclose_me is not of the type bool'],
    ['[99,1]', 'a list of the type 99 is not a WAMP message'],
    ['"aGk"', 'begin with no list'],
    ['7ff1', 'begin with no list'],
    ['7ff1 0001', 'octet 2: the reserved octets'],
    ['00000010 5b34', 'octet 0: the last frame is cut off: it announces 16 octets, and 2 follow'],
    ['01000000 07000000', 'octet 4: a frame has reserved bits'],
  ])('says what is wrong with %s, and where', async (text, fault) => {
    const { code, out, err } = await result('msg', 'decode', text)
    expect(out + err).toContain(fault)
    expect(code).toBe(1)
  })

  it('reads the refusal of a handshake', async () => {
    expect(await run('decode', '7f20 0000')).toBe('RawSocket handshake: the router refuses: the length is not acceptable')
  })

  it('warns of what is allowed and not meant', async () => {
    const { code, err } = await result('msg', 'decode', '[48,1,{"dislose_me":true,"_own":1},"a b"]')
    expect(code).toBe(0)
    expect(err).toBe(
      `warning: CALL.Options: 'dislose_me' is no predefined key; 'disclose_me' is\nwarning: CALL.Procedure is not a valid URI\n`,
    )
    expect(await result('msg', 'decode', '[32,1,{"match":"wildcard"},"a..b"]')).toMatchObject({ code: 0, err: '' })
  })

  it.each([
    [['zz!'], 'expected a message as JSON, in hexadecimal or in Base64'],
    [['953', '--in', 'hex'], 'an even number'],
    [['--from', 'xml', '95'], 'Allowed choices'],
  ])('ends with 2 for %j', async (words, hint) => {
    const { code, err } = await result('msg', 'decode', ...words)
    expect(code).toBe(2)
    expect(err).toContain(hint)
  })
})
