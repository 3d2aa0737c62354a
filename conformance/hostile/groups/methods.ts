// A part of the group `login`: for each method what must not open a session. Never holds a right proof.

import type { Case, Expectation } from '../case.ts'
import { CRYPTOSIGN_KEY } from '../users.ts'
import { shown, turns, VIOLATION } from './make.ts'

const DENIED = 'ABORT wamp.error.authentication_denied'
/** If HELLO lacks what the method needs, the router may answer either. */
const REFUSED = 'ABORT wamp.error.authentication_denied|wamp.error.no_matching_auth_method'
const NONCE = 'AAECAwQFBgcICQoLDA0ODw=='
const ANY: Expectation = { any: ['close 1008', 'ABORT'] }

interface Method {
  readonly name: string
  readonly authid: string
  readonly secret: string
  /** In HELLO. */
  readonly authextra?: Readonly<Record<string, unknown>>
  /** The content of the challenge. */
  readonly extra: unknown
  /** An answer of the right form, but for no challenge of this login. */
  readonly proof: string
}

const DIGEST = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='
const METHODS: readonly Method[] = [
  { name: 'ticket', authid: 'ticket-user', secret: 'cra-secret-1', extra: {}, proof: 'ticket-secret-2' },
  { name: 'wampcra', authid: 'cra-user', secret: 'cra-secret-1', extra: { challenge: '*' }, proof: DIGEST },
  {
    name: 'wampcra',
    authid: 'cra-salted-user',
    secret: 'cra-salted-pw-1',
    extra: { challenge: '*', salt: 'salt-5f3a9c', iterations: 1000, keylen: 32 },
    proof: DIGEST,
  },
  {
    name: 'wamp-scram',
    authid: 'scram-pbkdf2-user',
    secret: 'scram-pw-1',
    authextra: { nonce: NONCE },
    extra: { kdf: 'pbkdf2', iterations: 4096, '...': '*' },
    proof: DIGEST,
  },
  {
    name: 'scram',
    authid: 'scram-argon2-user',
    secret: 'scram-pw-2',
    authextra: { nonce: NONCE },
    extra: { kdf: 'argon2id-13', iterations: 2, memory: 4096, '...': '*' },
    proof: DIGEST,
  },
  {
    name: 'cryptosign',
    authid: 'cryptosign-user',
    secret: CRYPTOSIGN_KEY,
    authextra: { pubkey: CRYPTOSIGN_KEY },
    extra: { challenge: '*', '...': '*' },
    proof: '00'.repeat(96),
  },
]

/** Each method by each kind of wrong answer. */
export function methodCases(): Case[] {
  const via = turns()
  return [...METHODS.flatMap((method) => answersTo(method, via)), ...openings(via), ...elsewhere(via)]
}

function helloOf({ name, authid, authextra = {} }: Method, realm = 'identity'): readonly unknown[] {
  return [1, realm, { roles: { caller: {} }, authmethods: [name], authid, authextra }]
}

function answersTo(method: Method, via: ReturnType<typeof turns>): Case[] {
  const { name, authid, extra, secret, proof } = method
  const asked = { send: helloOf(method), expect: [4, name, extra] as Expectation }
  const answer = (what: string, signature: unknown, expect: Expectation = DENIED, said: unknown = {}): Case => ({
    name: `${authid}: ${what}`,
    via: via(),
    steps: [asked, { send: [5, signature, said], expect }],
  })
  return [
    answer('an answer that is wrong', 'wrong'),
    answer('an empty answer', ''),
    answer('a zero behind it', `${proof}\u0000`),
    answer('a right form and a wrong content', proof),
    answer('a right form twice', proof + proof),
    answer('a right form in other letters', proof.toLowerCase() === proof ? proof.toUpperCase() : proof.toLowerCase()),
    answer('the secret of its own, or another method', secret),
    answer('a ticket of another user', 'ticket-secret-2'),
    answer('a Base64 text that is cut', DIGEST.slice(0, -3)),
    answer('JSON', '{"signature":true}'),
    ...[null, 1, true, [], {}, ['ticket-secret-1']].map((value) => answer(`an answer ${shown(value)}`, value, VIOLATION)),
    ...[null, 1, 'x', []].map((value) => answer(`an answer with Extra ${shown(value)}`, proof, VIOLATION, value)),
    answer('the answer in Extra', '', DENIED, { signature: proof, ticket: secret, secret }),
    answer('a nonce and a binding of its own', proof, DENIED, { nonce: NONCE, channel_binding: 'tls-unique', cbind_data: 'AAAA' }),
    answer('another user in Extra', proof, DENIED, { authid: 'limited-user', authrole: 'user', authmethod: 'anonymous' }),
    {
      name: `${authid}: an answer of 1 MB`,
      via: 'ws.json',
      steps: [asked, { message: ['[5,"', { of: 'A', times: 1_000_000 }, '",{}]'], expect: VIOLATION }],
    },
    {
      name: `${authid}: a second try`,
      via: via(),
      steps: [asked, { send: [5, 'wrong', {}] }, { send: [5, proof, {}], expect: DENIED }],
    },
    { name: `${authid}: no answer in time`, via: via(), steps: [asked, { expect: ANY }] },
    {
      name: `${authid}: an anonymous HELLO in place of an answer`,
      via: via(),
      steps: [asked, { send: [1, 'identity', { roles: { caller: {} } }], expect: VIOLATION }],
    },
    {
      name: `${authid}: a CALL in place of an answer`,
      via: via(),
      steps: [asked, { send: [48, 1, {}, 'wamp.session.count'], expect: VIOLATION }],
    },
    {
      name: `${authid}: anonymous as the second choice is not taken after a wrong answer`,
      via: via(),
      steps: [
        {
          send: [1, 'identity', { roles: { caller: {} }, authmethods: [name, 'anonymous'], authid, authextra: method.authextra ?? {} }],
          expect: [4, name, extra],
        },
        { send: [5, 'wrong', {}], expect: DENIED },
      ],
    },
    {
      name: `${authid}: the name of one that does not exist`,
      via: via(),
      steps:
        name === 'cryptosign'
          ? stranger(method)
          : [
              { ...stranger(method)[0], expect: [4, name, '*'] },
              { send: [5, secret, {}], expect: DENIED },
            ],
    },
  ]
}

/** With a key the router may judge the name at once, since no client can test names by it. */
function stranger(method: Method): Case['steps'] {
  return [{ send: helloOf({ ...method, authid: 'nobody-at-all' }), expect: DENIED }]
}

/** HELLOs with which a method cannot begin. */
function openings(via: ReturnType<typeof turns>): Case[] {
  const hello = (name: string, authid: string, authextra: unknown, expect: Expectation): Case => ({
    name: `${name} with authextra ${shown(authextra)}`,
    via: via(),
    steps: [{ send: [1, 'identity', { roles: { caller: {} }, authmethods: [name], authid, authextra }], expect }],
  })
  const nonces = [undefined, 1, '', 'no Base64!', 'AAAA=', [], 'A'.repeat(1_000)]
  const bindings = ['tls-unique', 'tls-exporter', 'tls-server-end-point', 'nonsense', 1, true, []]
  const keys = [
    undefined,
    1,
    '',
    'zz',
    CRYPTOSIGN_KEY.slice(1),
    `${CRYPTOSIGN_KEY}00`,
    '00'.repeat(32),
    `ff${CRYPTOSIGN_KEY.slice(2)}`,
    [CRYPTOSIGN_KEY],
  ]
  return [
    ...nonces.flatMap((nonce) => [
      hello('wamp-scram', 'scram-pbkdf2-user', { nonce }, REFUSED),
      hello('scram', 'scram-argon2-user', { nonce }, REFUSED),
    ]),
    ...bindings.map((channel_binding) => hello('wamp-scram', 'scram-pbkdf2-user', { nonce: NONCE, channel_binding }, REFUSED)),
    ...bindings.map((channel_binding) => hello('cryptosign', 'cryptosign-user', { pubkey: CRYPTOSIGN_KEY, channel_binding }, REFUSED)),
    ...keys.map((pubkey) => hello('cryptosign', 'cryptosign-user', { pubkey }, REFUSED)),
    hello('cryptosign', 'ticket-user', { pubkey: CRYPTOSIGN_KEY }, REFUSED),
    ...['tls', 'cookie', 'jwt', 'TICKET', 'wampcra ', '__proto__'].map((name) => hello(name, 'ticket-user', {}, REFUSED)),
  ]
}

/** What is right in one realm must not work in another. */
function elsewhere(via: ReturnType<typeof turns>): Case[] {
  const tickets = [
    ['identity', 'ticket-user', 'ticket-secret-elsewhere'],
    ['identity.elsewhere', 'ticket-user', 'ticket-secret-1'],
    ['identity.elsewhere', 'limited-user', 'ticket-secret-2'],
    ['identity.elsewhere', 'cra-user', 'cra-secret-1'],
  ] as const
  return [
    ...tickets.map(([realm, authid, ticket]): Case => ({
      name: `the ticket of ${authid} of another realm in ${realm}`,
      via: via(),
      steps: [
        { send: [1, realm, { roles: { caller: {} }, authmethods: ['ticket'], authid }], expect: [4, 'ticket', {}] },
        { send: [5, ticket, {}], expect: DENIED },
      ],
    })),
    {
      name: 'anonymous where only another realm has it',
      via: via(),
      steps: [{ send: [1, 'identity.elsewhere', { roles: { caller: {} } }], expect: 'ABORT wamp.error.authentication_required' }],
    },
  ]
}
