// `trunkline msg`: WAMP messages between JSON and what is on the wire. It opens no connection.

import { UsageError } from '@trunkline/client'
import type { Command } from 'commander'
import { Option } from 'commander'
import { FaultFound } from '../fault-found.ts'
import { JsonText } from '../json-text.ts'
import { didYouMean } from '../nearest.ts'
import type { Terminal } from '../terminal.ts'
import { orStopped } from '../waiting.ts'
import type { Notation } from '../wire/octets-text.ts'
import { NOTATIONS, octetsIn, octetsOf } from '../wire/octets-text.ts'
import type { ReadMessage } from '../wire/read-message.ts'

const SERIALIZERS = ['json', 'msgpack', 'cbor'] as const
type SerializerName = (typeof SERIALIZERS)[number]

const HELP = `
encode takes a message as a JSON list, whose type may be its name, and prints its octets in hexadecimal; decode takes octets in
hexadecimal, in Base64, as JSON, or on stdin (-) also as they are, finds out of which serializer they are, and names the elements.
Octets that begin like RawSocket are read as a stream: handshake and frames. A message that is wrong ends with exit code 1.

Examples:
  trunkline msg encode '["CALL", 1, {}, "com.example.add", [2, 3]]' --to msgpack
  trunkline msg encode '[32, 1, {}, "com.example.chat"]' --to cbor --rawsocket --as base64
  trunkline msg decode 95300180af636f6d2e6578616d706c652e616464920203
  trunkline msg decode - < captured.bin
  trunkline msg decode '[48, 1, {}, 7]' --json`

interface EncodeOptions {
  readonly to: SerializerName
  readonly as?: Notation
  readonly rawsocket?: true
}

interface DecodeOptions {
  readonly from?: SerializerName
  readonly in?: Notation
  readonly json?: true
}

/** Adds the command to the program. */
export function defineMsg(program: Command, terminal: Terminal): void {
  const msg = program
    .command('msg')
    .description('Encode and decode WAMP messages, and say what is wrong with one.')
    .summary('Encode and decode WAMP messages, and find what is wrong.')
    .addHelpText('after', HELP)
  msg
    .command('encode')
    .description('Print the octets of a message.')
    .argument('<message>', 'a JSON list, whose type may be a name such as CALL; - reads it from stdin')
    .addOption(new Option('--to <serializer>', 'the serializer').choices(SERIALIZERS).default('json'))
    .addOption(new Option('--as <notation>', 'how to print the octets (default: text for json, else hex)').choices(NOTATIONS))
    .option('--rawsocket', 'as a frame of RawSocket')
    .addHelpText('after', HELP)
    .action((text: string, options: EncodeOptions) => encode(text, options, terminal))
  msg
    .command('decode')
    .description('Name a message and its elements, or say what is wrong with it, and where.')
    .argument('<octets>', 'in hexadecimal, Base64 or as JSON; - reads them from stdin')
    .addOption(new Option('--from <serializer>', 'the serializer (default: found out)').choices(SERIALIZERS))
    .addOption(new Option('--in <notation>', 'how the octets are written (default: found out)').choices(NOTATIONS))
    .option('--json', 'print each message as one line of JSON')
    .addHelpText('after', HELP)
    .action((text: string, options: DecodeOptions) => decode(text, options, terminal))
}

async function encode(text: string, { to, as, rawsocket }: EncodeOptions, terminal: Terminal): Promise<void> {
  const json = text === '-' ? (await orStopped(terminal.readInput(), terminal.stop)).toString('utf8') : text
  const list = new JsonText().parse(json)?.value
  if (!Array.isArray(list)) throw new UsageError('expected a message as a JSON list, such as ["CALL", 1, {}, "com.example.add", [2, 3]]')
  const { messageFromArray, messageRow, MESSAGES, ProtocolError } = await import('@trunkline/protocol')
  const { serializerFor } = await import('../wire/read-message.ts')
  const { framed } = await import('../wire/rawsocket-stream.ts')
  const [type] = list as readonly unknown[]
  const names = MESSAGES.map(({ name }) => name)
  const code = typeof type === 'string' ? MESSAGES.find(({ name }) => name === type.toUpperCase())?.code : type
  if (code === undefined || messageRow(code as number) === undefined) {
    throw new FaultFound('TL_MESSAGE', `${String(type)} is no WAMP message${didYouMean(String(type).toUpperCase(), names)}`)
  }
  try {
    const octets = serializerFor(to).encode(messageFromArray([code, ...list.slice(1)]))
    terminal.print(
      `${writtenAs(rawsocket === true ? framed(octets) : Buffer.from(octets), as ?? (to === 'json' && rawsocket !== true ? 'text' : 'hex'))}\n`,
    )
  } catch (error) {
    if (error instanceof ProtocolError) throw new FaultFound('TL_MESSAGE', error.message, { cause: error })
    throw error
  }
}

function writtenAs(octets: Buffer, notation: Notation): string {
  return octets.toString(notation === 'text' ? 'utf8' : notation)
}

async function decode(text: string, options: DecodeOptions, terminal: Terminal): Promise<void> {
  const octets = text === '-' ? octetsIn(await orStopped(terminal.readInput(), terminal.stop), options.in) : octetsOf(text, options.in)
  const { isRawSocket, streamParts } = await import('../wire/rawsocket-stream.ts')
  if (!isRawSocket(octets)) return decodeOne(octets, options, terminal)
  const faults: string[] = []
  let { from } = options
  for (const part of streamParts(octets)) {
    const place = `octet ${part.at}`
    if (part.kind === 'message') {
      const fault = await shown(part.octets, { ...options, ...(from === undefined ? {} : { from }) }, terminal)
      if (fault !== undefined) faults.push(`the frame at ${place}: ${fault}`)
    } else if (part.kind === 'fault') faults.push(`${place}: ${part.text}`)
    else {
      if (part.kind === 'handshake') from ??= part.serializer
      const about = part.kind === 'handshake' ? part.text : `${part.octets.length} octets`
      terminal.print(
        options.json === true ? `${JSON.stringify({ type: part.kind, at: part.at, about })}\n` : `RawSocket ${part.kind}: ${about}\n`,
      )
    }
  }
  if (faults.length > 0) throw new FaultFound('TL_MESSAGE', faults.join('; '))
}

async function decodeOne(octets: Uint8Array, options: DecodeOptions, terminal: Terminal): Promise<void> {
  const fault = await shown(octets, options, terminal)
  if (fault !== undefined) throw new FaultFound('TL_MESSAGE', fault)
}

/** Prints a message; returns what is wrong with it. */
async function shown(octets: Uint8Array, { from, json }: DecodeOptions, terminal: Terminal): Promise<string | undefined> {
  const { readMessage, serializerOf } = await import('../wire/read-message.ts')
  const serializer = from ?? serializerOf(octets)
  if (serializer === undefined) return 'the octets begin with no list of JSON, MessagePack or CBOR'
  const message = readMessage(octets, serializer)
  for (const doubt of message.doubts) terminal.complain(`warning: ${doubt}\n`)
  if (json === true && message.fault === undefined) terminal.print(`${documentOf(message)}\n`)
  else if (json !== true) terminal.print(await textOf(message))
  return message.fault
}

function documentOf({ row, list = [], serializer, octets }: ReadMessage): string {
  const elements = Object.fromEntries(list.slice(1).map((value, i) => [nameOf(row, i), value]))
  return new JsonText().line({ type: row?.name, code: row?.code, sender: row?.sender, serializer, octets, elements, message: list })
}

async function textOf({ row, list, serializer, octets }: ReadMessage): Promise<string> {
  if (list === undefined) return ''
  const { SERIALIZER_TEXTS } = await import('../wire/read-message.ts')
  const json = new JsonText()
  const sender = row === undefined ? '' : `, from ${row.sender === 'both' ? 'either side' : `the ${row.sender}`}`
  const title = `${row?.name ?? 'no message'} (${json.line(list[0] ?? null)})${sender}, ${octets} octets of ${SERIALIZER_TEXTS[serializer]}\n`
  return (
    title +
    list
      .slice(1)
      .map((value, i) => `  ${nameOf(row, i).padEnd(13)} ${json.line(value ?? null)}\n`)
      .join('')
  )
}

function nameOf(row: ReadMessage['row'], i: number): string {
  const { fields = [], hasPayload = false } = row ?? {}
  const payload = hasPayload ? ['Arguments', 'ArgumentsKw'][i - fields.length] : undefined
  return fields[i]?.name ?? payload ?? `element ${i + 1}`
}
