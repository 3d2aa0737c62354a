// Shows which keys of options and details the specification and clients in wide use give a meaning to, spelt out once.

import { expect, it } from 'vitest'
import { MESSAGES } from './message-table.ts'

const FORWARD = 'forward_for:dicts'
const PASSTHRU = `ppt_scheme:string ppt_serializer:string ppt_cipher:string ppt_keyid:string enc_algo:cryptobox|mqtt|xbr|null enc_serializer:string enc_key:string ${FORWARD}`
const MATCH = 'match:exact|prefix|wildcard'
const MODE = 'mode:skip|kill|killnowait'
const WHO = 'authid:string authrole:string'

const KEYS: Readonly<Record<string, string>> = {
  HELLO: `roles:dict agent:string authmethods:strings ${WHO} authextra:dict`,
  WELCOME: `roles:dict agent:string realm:string ${WHO} authmethod:string authprovider:string authextra:dict`,
  ABORT: 'message:string',
  CHALLENGE: '',
  AUTHENTICATE: '',
  GOODBYE: 'message:string',
  ERROR: PASSTHRU,
  PUBLISH:
    'acknowledge:bool exclude_me:bool disclose_me:bool exclude:ids exclude_authid:strings exclude_authrole:strings ' +
    `eligible:ids eligible_authid:strings eligible_authrole:strings retain:bool rkey:any transaction_hash:string ${PASSTHRU}`,
  PUBLISHED: '',
  SUBSCRIBE: `${MATCH} get_retained:bool nkey:string ${FORWARD}`,
  SUBSCRIBED: '',
  UNSUBSCRIBE: FORWARD,
  UNSUBSCRIBED: 'subscription:id reason:string',
  EVENT:
    'publisher:id publisher_authid:string publisher_authrole:string trustlevel:integer topic:string retained:bool ' +
    `payload_limit_exceeded:bool x_acknowledged_delivery:bool transaction_hash:string ${PASSTHRU}`,
  CALL: `receive_progress:bool progress:bool timeout:integer disclose_me:bool runmode:string rkey:any ${PASSTHRU}`,
  CANCEL: `${MODE} ${FORWARD}`,
  RESULT: `progress:bool ${PASSTHRU}`,
  REGISTER: `${MATCH} invoke:single|roundrobin|random|first|last|_sharded disclose_caller:bool forward_timeout:bool force_reregister:bool ${FORWARD}`,
  REGISTERED: '',
  UNREGISTER: FORWARD,
  UNREGISTERED: 'registration:id reason:string',
  INVOCATION: `receive_progress:bool progress:bool timeout:integer caller:id caller_authid:string caller_authrole:string trustlevel:integer procedure:string ${PASSTHRU}`,
  INTERRUPT: `${MODE} reason:string ${FORWARD}`,
  YIELD: `progress:bool ${PASSTHRU}`,
  EVENT_RECEIVED: '',
}

it.each(MESSAGES)('$name has these predefined keys, each with its type', ({ name, keys }) => {
  const found = [...keys].map(([key, type]) => `${key}:${typeof type === 'object' ? type.oneOf.join('|') : type}`)
  expect(found.join(' ')).toBe(KEYS[name])
})

it('there are no other messages', () => {
  expect(MESSAGES.map(({ name }) => name)).toEqual(Object.keys(KEYS))
})
