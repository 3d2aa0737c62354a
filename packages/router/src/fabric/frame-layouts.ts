// The octets of every frame: a type (one octet), the number of a realm (two), then what is listed here, in this order.
//
// flag: one octet, 0 or 1. u16, u32, id: 2, 4 and 8 octets, big-endian. text: u16 length and UTF-8; 0xffff announces a u32 length.
// options, answer: u32 length and a CBOR map. optional: a flag, then the value if it is 1. list: u32 count and the values.
// payload: the form (serializer << 4 | items; 0 JSON, 1 MessagePack, 2 CBOR; 0 for no payload), then raw items to the end of the frame.
//
// Types from 0x80 on are skipped by nodes that do not know them. Frames of messages, which are many, are written out.

import type { Dict, Payload } from '@trunkline/protocol'
import type { FrameReader } from './frame-reader.ts'
import type { FrameWriter } from './frame-writer.ts'
import type { Field, Fields } from './frame-fields.ts'
import {
  answer,
  date,
  flag,
  id,
  list,
  MOST_IN_AUDIENCE,
  MOST_VALUES,
  oneOf,
  optional,
  options,
  readFlags,
  record,
  text,
  u16,
  u32,
} from './frame-fields.ts'
import type { ChunkFrame, ClaimFrame, FailFrame, Frame, InvokeFrame, PubFrame, ResultFrame, SentPublication, Sharer } from './frames.ts'

/** How frames of one type are written and read, behind their type and realm. */
export interface Layout<F extends Frame = Frame> {
  readonly type: Frame['type']
  readonly code: number
  write(out: FrameWriter, frame: F): void
  read(from: FrameReader, realm: number): F
}

type OfType<T extends Frame['type']> = Extract<Frame, { readonly type: T }>
type Body<F extends Frame> = Omit<F, 'type' | 'realm'>

const DETAILS = 1
const STREAM = 2
const PASSTHRU = 4
const LEFT = 2
const AUDIENCE = 2
const KEY = 4
const RETAINED = 8
const OWN = 16
const PAST = 32

const match = oneOf('exact', 'prefix', 'wildcard')
const invoke = oneOf('single', 'roundrobin', 'random', 'first', 'last', '_sharded')
const scope = oneOf('detached', 'destroyed')
const sharer = record<Sharer>({ session: id, node: u32 })
const share = record<NonNullable<ClaimFrame['share']>>({ node: u32, number: u32, shards: optional(list(u16)) })

const PAYLOAD: Field<Payload | undefined> = { least: 1, write: (out, value) => out.payload(value), read: (from) => from.payload() }

/** A subscription, and the hash of an `nkey`. */
const WINNERS = list<readonly [number, number]>({
  least: 12,
  write(out, [subscription, node]) {
    out.id(subscription)
    out.u32(node)
  },
  read: (from) => [from.id(), from.u32()],
})

const PUBLICATION: Field<SentPublication> = {
  least: 12,
  write(out, { id: publication, topic, winners, details, audience, retained, isPast, isOwn, payload }) {
    const hasDetails = hasEntries(details)
    out.u8(
      (hasDetails ? DETAILS : 0) |
        (audience === undefined ? 0 : AUDIENCE) |
        (winners === undefined ? 0 : KEY) |
        (retained === undefined ? 0 : RETAINED) |
        (isOwn ? OWN : 0) |
        (isPast ? PAST : 0),
    )
    out.id(publication)
    if (winners !== undefined) WINNERS.write(out, [...winners])
    if (retained !== undefined) {
      out.id(retained.stamp)
      out.id(retained.excluded)
      out.text(retained.owner ?? '')
    }
    out.text(topic)
    if (hasDetails) out.dict(details)
    if (audience !== undefined) out.dict(audience)
    out.payload(payload)
  },
  read(from) {
    const flags = readFlags(from, DETAILS | AUDIENCE | KEY | RETAINED | OWN | PAST)
    const publication = from.id()
    const winners = (flags & KEY) === 0 ? undefined : new Map(WINNERS.read(from))
    const retained = (flags & RETAINED) === 0 ? undefined : { stamp: from.id(), excluded: from.id(), owner: ownerIn(from.text()) }
    const topic = from.text()
    const details = (flags & DETAILS) === 0 ? undefined : from.dict(MOST_VALUES)
    const audience = (flags & AUDIENCE) === 0 ? undefined : from.dict(MOST_IN_AUDIENCE)
    const [isOwn, isPast] = [(flags & OWN) !== 0, (flags & PAST) !== 0]
    return { id: publication, topic, winners, details, audience, retained, isPast, isOwn, payload: from.payload() }
  },
}

/** A text that is empty where there is none. */
function ownerIn(text: string): string | undefined {
  return text === '' ? undefined : text
}

const PUB: Layout<PubFrame> = {
  type: 'pub',
  code: 0x10,
  write: (out, { publication }) => PUBLICATION.write(out, publication),
  read: (from, realm) => ({ type: 'pub', realm, publication: PUBLICATION.read(from) }),
}

const INVOKE: Layout<InvokeFrame> = {
  type: 'invoke',
  code: 0x20,
  write(out, { ref, registration, session, owner, isStream, takesPassthru, details, payload }) {
    out.id(ref)
    out.id(registration)
    out.id(session)
    out.u32(owner)
    writeDetails(out, details, (isStream ? STREAM : 0) | (takesPassthru ? PASSTHRU : 0))
    out.payload(payload)
  },
  read(from, realm) {
    const ref = from.id()
    const registration = from.id()
    const session = from.id()
    const owner = from.u32()
    const flags = readFlags(from, DETAILS | STREAM | PASSTHRU)
    const details = (flags & DETAILS) === 0 ? undefined : from.dict(MOST_VALUES)
    const [isStream, takesPassthru] = [(flags & STREAM) !== 0, (flags & PASSTHRU) !== 0]
    return { type: 'invoke', realm, ref, registration, session, isStream, takesPassthru, owner, details, payload: from.payload() }
  },
}

const CHUNK: Layout<ChunkFrame> = {
  type: 'chunk',
  code: 0x21,
  write: writeReply,
  read: (from, realm) => ({ type: 'chunk', realm, ref: from.id(), details: readDetails(from), payload: from.payload() }),
}

const RESULT: Layout<ResultFrame> = {
  type: 'result',
  code: 0x28,
  write: writeReply,
  read: (from, realm) => ({ type: 'result', realm, ref: from.id(), details: readDetails(from), payload: from.payload() }),
}

const FAIL: Layout<FailFrame> = {
  type: 'fail',
  code: 0x29,
  write(out, frame) {
    out.text(frame.error)
    out.id(frame.ref)
    writeDetails(out, frame.details, frame.hasLeft ? LEFT : 0)
    out.payload(frame.payload)
  },
  read(from, realm) {
    const error = from.text()
    const ref = from.id()
    const flags = readFlags(from, DETAILS | LEFT)
    const details = (flags & DETAILS) === 0 ? undefined : from.dict(MOST_VALUES)
    return { type: 'fail', realm, ref, hasLeft: (flags & LEFT) !== 0, error, details, payload: from.payload() }
  },
}

/** Every frame that there is. */
export const LAYOUTS: readonly Layout[] = [
  frame('realm', 0x01, { name: text, life: id }),
  frame('synced', 0x02, {}),
  frame('draining', 0x03, {}),
  frame('settings', 0x04, { digest: text }),
  frame('interest', 0x08, { match, uri: text, subscription: id, created: date, ended: optional(id), sharers: list(sharer) }),
  frame('shares', 0x16, { match, uri: text, session: id, node: optional(u32) }),
  frame('claim', 0x09, {
    registration: id,
    session: id,
    stamp: id,
    match,
    invoke,
    uri: text,
    standing: oneOf('plain', 'forced', 'confirmed', 'coming'),
    wantsCaller: flag,
    keepsTime: flag,
    share: optional(share),
  }),
  frame('unclaim', 0x0a, { registration: id, session: id, isEnd: flag, before: optional(id) }),
  frame('lost', 0x0b, { registration: id, session: id, stamp: id, before: optional(id) }),
  frame('join', 0x0c, {
    session: id,
    authid: text,
    authrole: text,
    authmethod: text,
    authprovider: text,
    transport: text,
    features: list(text),
  }),
  frame('leave', 0x0d, { session: id }),
  frame('testament', 0x0e, { session: id, scope, publication: PUBLICATION }),
  frame('forget_testaments', 0x0f, { session: id, scope }),
  PUB,
  frame('missed', 0x11, { life: id, others: u32, topics: list(record<{ topic: string; events: number }>({ topic: text, events: u32 })) }),
  frame('retained_digest', 0x12, { digest: id, isAsking: flag }),
  frame('clear_retained', 0x14, { match, uri: text, stamp: id }),
  frame('define', 0x15, { session: id, kind: oneOf('procedure', 'topic', 'error'), uri: text, stamp: id, payload: PAYLOAD }),
  INVOKE,
  CHUNK,
  frame('interrupt', 0x22, { ref: id, options }),
  frame('end', 0x23, { ref: id }),
  RESULT,
  FAIL,
  frame('bounce', 0x2a, { ref: id, isFull: flag, payload: PAYLOAD }),
  frame('kill', 0x30, { session: id, isQuiet: flag, reason: text, message: optional(text) }),
  frame('revoke', 0x32, { kind: oneOf('registration', 'subscription'), id, session: id, reason: optional(text) }),
  frame('ask', 0x38, { ref: id, question: text, arguments: options }),
  frame('answer', 0x39, { ref: id, answer }),
]

function frame<T extends Frame['type']>(type: T, code: number, fields: Fields<Body<OfType<T>>>): Layout<OfType<T>> {
  const body = record(fields)
  return {
    type,
    code,
    write: (out, value) => body.write(out, value),
    read: (from, realm) => ({ type, realm, ...body.read(from) }) as unknown as OfType<T>,
  }
}

function writeReply(out: FrameWriter, { ref, details, payload }: ChunkFrame | ResultFrame): void {
  out.id(ref)
  writeDetails(out, details, 0)
  out.payload(payload)
}

function writeDetails(out: FrameWriter, details: Dict | undefined, flags: number): void {
  if (!hasEntries(details)) return out.u8(flags)
  out.u8(flags | DETAILS)
  out.dict(details)
}

function readDetails(from: FrameReader): Dict | undefined {
  return readFlags(from, DETAILS) === 0 ? undefined : from.dict(MOST_VALUES)
}

/** Details without entries are not sent. */
function hasEntries(dict: Dict | undefined): dict is Dict {
  for (const key in dict) if (Object.hasOwn(dict, key)) return true
  return false
}
