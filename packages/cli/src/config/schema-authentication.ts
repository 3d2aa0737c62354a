// The part of the schema about logging in to a realm. Data only.

import type { DictNode, MapNode } from './nodes.ts'

const ITERATIONS = { kind: 'number', least: 1, most: 100_000_000 } as const

const TICKET = {
  kind: 'either',
  about: 'Method ticket: the text itself, or its sum alone.',
  scalar: { kind: 'text', isSecret: true, about: 'The ticket.' },
  dict: {
    kind: 'dict',
    about: 'A ticket of which only the sum is known.',
    keys: { sha256: { kind: 'text', format: 'sha256', about: 'The SHA-256 of the ticket; trunkline token makes both.' } },
    required: ['sha256'],
  },
} as const

const WAMPCRA = {
  kind: 'dict',
  about: 'Method wampcra: a secret that both sides have, a password from which the key is derived, or the derived key.',
  keys: {
    secret: { kind: 'text', isSecret: true, about: 'What both sides have.' },
    password: { kind: 'text', isSecret: true, about: 'The password; client and router derive the key from it.' },
    key: { kind: 'text', isSecret: true, about: 'The derived key in Base64; trunkline salt makes it.' },
    salt: { kind: 'text', about: 'The salt, used as the text that it is; another one for each user.' },
    iterations: { ...ITERATIONS, about: 'Iterations of PBKDF2.', otherwise: '100000 with password' },
    keylen: { kind: 'number', least: 16, most: 1_024, about: 'Octets of the key.', otherwise: '32 with password' },
  },
  required: [],
  exactlyOneOf: ['secret', 'password', 'key'],
  onlyWith: { salt: ['password', 'key'], iterations: ['password', 'key'], keylen: ['password', 'key'] },
  needs: { password: ['salt'], key: ['salt', 'iterations', 'keylen'] },
} as const satisfies DictNode

const SCRAM = {
  kind: 'dict',
  about: 'Method scram: a password, or the keys derived from it.',
  keys: {
    kdf: { kind: 'text', oneOf: ['pbkdf2', 'argon2id13'], about: 'How keys are derived from the password.' },
    salt: { kind: 'text', format: 'hex', about: 'The salt in hexadecimal; another one for each user.' },
    iterations: { ...ITERATIONS, about: 'Iterations of PBKDF2 or Argon2.' },
    memory: { kind: 'number', least: 8, most: 4_194_304, about: 'Memory of Argon2 in KiB, with argon2id13.' },
    dialect: {
      kind: 'text',
      oneOf: ['specified', 'autobahn'],
      about: 'Whether the client speaks SCRAM as it is specified, or as Autobahn|Python does.',
      default: 'specified',
    },
    password: { kind: 'text', isSecret: true, about: 'The password.' },
    storedKey: {
      kind: 'text',
      format: 'sha256',
      isSecret: true,
      about: 'StoredKey in hexadecimal, with serverKey; trunkline salt makes both.',
    },
    serverKey: { kind: 'text', format: 'sha256', isSecret: true, about: 'ServerKey in hexadecimal.' },
  },
  required: ['kdf', 'salt', 'iterations'],
  exactlyOneOf: ['password', 'storedKey'],
  onlyWith: { serverKey: ['storedKey'] },
  needs: { storedKey: ['serverKey'] },
} as const satisfies DictNode

const CRYPTOSIGN = {
  kind: 'dict',
  about: 'Method cryptosign: an Ed25519 key of the client.',
  keys: {
    publicKeys: {
      kind: 'list',
      of: { kind: 'text', format: 'key', about: 'A public key in hexadecimal; trunkline keys new makes a pair.' },
      least: 1,
      about: 'The public keys that the user may have.',
    },
  },
  required: ['publicKeys'],
} as const satisfies DictNode

export const USER = {
  kind: 'dict',
  about: 'A user. Each method that is there is one that the client may choose.',
  keys: {
    role: { kind: 'text', format: 'uri', about: 'The role, one of roles.' },
    ticket: TICKET,
    wampcra: WAMPCRA,
    scram: SCRAM,
    cryptosign: CRYPTOSIGN,
    extra: { kind: 'data', about: 'What the client is told in WELCOME (authextra).' },
  },
  required: ['role'],
} as const satisfies DictNode

const USERS = {
  kind: 'map',
  names: 'authid',
  name: 'authid',
  of: USER,
  about: 'The users by authid.',
  default: '{}',
} as const satisfies MapNode

/** Keys of a realm about all its users. */
export const LOGIN_KEYS = {
  users: USERS,
  plainTickets: {
    kind: 'flag',
    about: 'Takes tickets from anywhere; else only over TLS, from this machine, and over Unix sockets, since they cross as they are.',
    default: 'false',
  },
  routerKey: {
    kind: 'text',
    format: 'key',
    isSecret: true,
    about: 'The private key of the router for cryptosign in hexadecimal: it proves itself to clients that ask for it.',
  },
} as const
