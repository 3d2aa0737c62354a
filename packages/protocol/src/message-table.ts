// The protocol as data: one row per message. Codec, session rules and generated pages all read this table.

import * as m from './messages.ts'

/**
 * The type of one element of a message list. `id0` is an id that is 0 in the revocation forms, `uri0` a URI that is null
 * where the client lets the router choose.
 */
export type FieldType = 'integer' | 'id' | 'id0' | 'uri' | 'uri0' | 'string' | 'dict'

/** The type of a predefined option or detail. */
export type OptionType =
  | 'bool'
  | 'integer'
  | 'id'
  | 'string'
  | 'dict'
  | 'any'
  | 'ids'
  | 'strings'
  | 'dicts'
  | { readonly oneOf: readonly string[] }

export interface Field {
  readonly name: string
  /** The property of the message object that holds the element. */
  readonly property: string
  readonly type: FieldType
}

export interface MessageRow {
  readonly code: number
  readonly name: string
  /** The elements before the payload, without the type code. */
  readonly fields: readonly Field[]
  /** The number of `fields`, counted from the end, that may be absent. */
  readonly optionalFields: number
  /** Whether args and kwargs may follow. */
  readonly hasPayload: boolean
  /** Which side may send it. */
  readonly sender: 'client' | 'router' | 'both'
  /** In which phase of a session it may be sent. */
  readonly phase: 'opening' | 'open' | 'any'
  /** Predefined keys of the Options, Details or Extra dictionary. Unknown keys are ignored. */
  readonly keys: ReadonlyMap<string, OptionType>
}

const MATCH: OptionType = { oneOf: ['exact', 'prefix', 'wildcard'] }
const PASSTHRU: Record<string, OptionType> = {
  ppt_scheme: 'string',
  ppt_serializer: 'string',
  ppt_cipher: 'string',
  ppt_keyid: 'string',
  // The older names, which Autobahn and the published test vectors use.
  enc_algo: { oneOf: ['cryptobox', 'mqtt', 'xbr', 'null'] },
  enc_serializer: 'string',
  enc_key: 'string',
  // Only routers send it, to each other. The router checks its type in a message of a client, and ignores its value.
  forward_for: 'dicts',
}
const FORWARD: Record<string, OptionType> = { forward_for: 'dicts' }

/** `name:type` for each element, the dictionary with its predefined keys. */
// oxlint-disable-next-line max-params -- A row of the table reads best as a row.
function row(
  code: number,
  name: string,
  sender: MessageRow['sender'],
  phase: MessageRow['phase'],
  fields: string,
  more: { payload?: true; optional?: number; keys?: Record<string, OptionType> } = {},
): MessageRow {
  return {
    code,
    name,
    sender,
    phase,
    fields: fields.split(' ').map((field) => {
      const [fieldName = '', type = 'dict'] = field.split(':')
      const property = fieldName === 'AuthMethod' ? 'authmethod' : fieldName.replace(/^./, (first) => first.toLowerCase())
      return { name: fieldName, property, type: type as FieldType }
    }),
    optionalFields: more.optional ?? 0,
    hasPayload: more.payload ?? false,
    keys: new Map(Object.entries(more.keys ?? {})),
  }
}

/** All messages (specification: "Messages"; the keys come from the sections on each feature). */
export const MESSAGES: readonly MessageRow[] = [
  row(m.HELLO, 'HELLO', 'client', 'opening', 'Realm:uri0 Details:dict', {
    keys: { roles: 'dict', agent: 'string', authmethods: 'strings', authid: 'string', authrole: 'string', authextra: 'dict' },
  }),
  row(m.WELCOME, 'WELCOME', 'router', 'opening', 'Session:id Details:dict', {
    keys: {
      roles: 'dict',
      agent: 'string',
      realm: 'string',
      authid: 'string',
      authrole: 'string',
      authmethod: 'string',
      authprovider: 'string',
      authextra: 'dict',
    },
  }),
  row(m.ABORT, 'ABORT', 'both', 'any', 'Details:dict Reason:uri', { payload: true, keys: { message: 'string' } }),
  row(m.CHALLENGE, 'CHALLENGE', 'router', 'opening', 'AuthMethod:string Extra:dict'),
  row(m.AUTHENTICATE, 'AUTHENTICATE', 'client', 'opening', 'Signature:string Extra:dict'),
  row(m.GOODBYE, 'GOODBYE', 'both', 'open', 'Details:dict Reason:uri', { keys: { message: 'string' } }),
  row(m.ERROR, 'ERROR', 'both', 'open', 'RequestType:integer Request:id Details:dict Error:uri', { payload: true, keys: PASSTHRU }),
  row(m.PUBLISH, 'PUBLISH', 'client', 'open', 'Request:id Options:dict Topic:uri', {
    payload: true,
    keys: {
      acknowledge: 'bool',
      exclude_me: 'bool',
      disclose_me: 'bool',
      exclude: 'ids',
      exclude_authid: 'strings',
      exclude_authrole: 'strings',
      eligible: 'ids',
      eligible_authid: 'strings',
      eligible_authrole: 'strings',
      retain: 'bool',
      rkey: 'any',
      transaction_hash: 'string',
      ...PASSTHRU,
    },
  }),
  row(m.PUBLISHED, 'PUBLISHED', 'router', 'open', 'Request:id Publication:id'),
  row(m.SUBSCRIBE, 'SUBSCRIBE', 'client', 'open', 'Request:id Options:dict Topic:uri', {
    keys: { match: MATCH, get_retained: 'bool', nkey: 'string', ...FORWARD },
  }),
  row(m.SUBSCRIBED, 'SUBSCRIBED', 'router', 'open', 'Request:id Subscription:id Details:dict', {
    // Not in the specification: the answer to `_resume`, for those only that asked.
    optional: 1,
  }),
  row(m.UNSUBSCRIBE, 'UNSUBSCRIBE', 'client', 'open', 'Request:id Subscription:id Options:dict', {
    optional: 1,
    keys: FORWARD,
  }),
  row(m.UNSUBSCRIBED, 'UNSUBSCRIBED', 'router', 'open', 'Request:id0 Details:dict', {
    optional: 1,
    keys: { subscription: 'id', reason: 'string' },
  }),
  row(m.EVENT, 'EVENT', 'router', 'open', 'Subscription:id Publication:id Details:dict', {
    payload: true,
    keys: {
      publisher: 'id',
      publisher_authid: 'string',
      publisher_authrole: 'string',
      trustlevel: 'integer',
      topic: 'string',
      retained: 'bool',
      payload_limit_exceeded: 'bool',
      x_acknowledged_delivery: 'bool',
      transaction_hash: 'string',
      ...PASSTHRU,
    },
  }),
  row(m.CALL, 'CALL', 'client', 'open', 'Request:id Options:dict Procedure:uri', {
    payload: true,
    keys: {
      receive_progress: 'bool',
      progress: 'bool',
      timeout: 'integer',
      disclose_me: 'bool',
      runmode: 'string',
      rkey: 'any',
      ...PASSTHRU,
    },
  }),
  row(m.CANCEL, 'CANCEL', 'client', 'open', 'Request:id Options:dict', {
    keys: { mode: { oneOf: ['skip', 'kill', 'killnowait'] }, ...FORWARD },
  }),
  row(m.RESULT, 'RESULT', 'router', 'open', 'Request:id Details:dict', { payload: true, keys: { progress: 'bool', ...PASSTHRU } }),
  row(m.REGISTER, 'REGISTER', 'client', 'open', 'Request:id Options:dict Procedure:uri', {
    keys: {
      match: MATCH,
      invoke: { oneOf: ['single', 'roundrobin', 'random', 'first', 'last', '_sharded'] },
      disclose_caller: 'bool',
      forward_timeout: 'bool',
      force_reregister: 'bool',
      ...FORWARD,
    },
  }),
  row(m.REGISTERED, 'REGISTERED', 'router', 'open', 'Request:id Registration:id'),
  row(m.UNREGISTER, 'UNREGISTER', 'client', 'open', 'Request:id Registration:id Options:dict', {
    optional: 1,
    keys: FORWARD,
  }),
  row(m.UNREGISTERED, 'UNREGISTERED', 'router', 'open', 'Request:id0 Details:dict', {
    optional: 1,
    keys: { registration: 'id', reason: 'string' },
  }),
  row(m.INVOCATION, 'INVOCATION', 'router', 'open', 'Request:id Registration:id Details:dict', {
    payload: true,
    keys: {
      receive_progress: 'bool',
      progress: 'bool',
      timeout: 'integer',
      caller: 'id',
      caller_authid: 'string',
      caller_authrole: 'string',
      trustlevel: 'integer',
      procedure: 'string',
      ...PASSTHRU,
    },
  }),
  row(m.INTERRUPT, 'INTERRUPT', 'router', 'open', 'Request:id Options:dict', {
    keys: { mode: { oneOf: ['skip', 'kill', 'killnowait'] }, reason: 'string', ...FORWARD },
  }),
  row(m.YIELD, 'YIELD', 'client', 'open', 'Request:id Options:dict', { payload: true, keys: { progress: 'bool', ...PASSTHRU } }),
  row(m.EVENT_RECEIVED, 'EVENT_RECEIVED', 'client', 'open', 'Publication:id Details:dict', {
    // Not in any text: what is said about events of durable subscriptions.
    optional: 1,
  }),
]

const BY_CODE: readonly (MessageRow | undefined)[] = (() => {
  const rows: (MessageRow | undefined)[] = Array.from({ length: m.EVENT_RECEIVED + 1 }, () => undefined)
  for (const each of MESSAGES) rows[each.code] = each
  return rows
})()

/** The row of a type code, or undefined for codes that are no WAMP message. */
export function messageRow(code: number): MessageRow | undefined {
  return BY_CODE[code]
}
