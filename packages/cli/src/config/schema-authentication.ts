// The part of the schema about the logins of a realm.

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

const TLS = {
  kind: 'dict',
  about: 'Method tls: a certificate of the client, on a listener whose tls.clientCertificates asks for one.',
  keys: {
    sha256: {
      kind: 'list',
      of: { kind: 'text', format: 'sha256', about: 'The SHA-256 of a certificate in hexadecimal.' },
      least: 1,
      about: 'The certificates that the user may have.',
    },
    subject: { kind: 'text', about: 'The common name of the subject, where an authority that the listener trusts vouches for it.' },
  },
  required: [],
  exactlyOneOf: ['sha256', 'subject'],
} as const satisfies DictNode

const JOINED_REALM = {
  kind: 'text',
  format: 'uri',
  about: 'The realm that the user joins, whichever the client asked for.',
  otherwise: 'this realm',
} as const

export const USER = {
  kind: 'dict',
  about: 'A user. Each method that is there is one that the client may choose.',
  keys: {
    role: { kind: 'text', format: 'uri', about: 'The role, one of roles of the realm that the user joins.' },
    realm: JOINED_REALM,
    ticket: TICKET,
    wampcra: WAMPCRA,
    scram: SCRAM,
    cryptosign: CRYPTOSIGN,
    tls: TLS,
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

const ASSIGNS = {
  kind: 'list',
  of: { kind: 'text', format: 'uri', about: 'A realm.' },
  least: 1,
  about: 'The realms into which the answer may put a client (realm in it), besides the one that it asked for.',
  otherwise: 'none',
} as const

const REALM_OF_PROCEDURE = { kind: 'text', format: 'uri', otherwise: 'the realm that the client wants to join' } as const

const JWT_KEY = {
  kind: 'dict',
  about: 'A key.',
  keys: {
    kid: { kind: 'text', about: 'Its name in tokens.' },
    secret: { kind: 'text', isSecret: true, about: 'A shared secret of 32 octets or more.' },
    pem: { kind: 'text', isSecret: true, about: 'A public key in PEM.' },
    jwk: { kind: 'data', isSecret: true, about: 'A key as a JSON Web Key, public or shared.' },
    file: { kind: 'text', format: 'file', about: 'A file that holds a public key in PEM or as JWK, relative to this file.' },
  },
  required: [],
  exactlyOneOf: ['secret', 'pem', 'jwk', 'file'],
} as const satisfies DictNode

const JWT = {
  kind: 'dict',
  about: 'Takes JSON Web Tokens, by method jwt or as a ticket. The session ends when its token expires.',
  keys: {
    algorithms: {
      kind: 'list',
      of: { kind: 'text', about: 'An algorithm such as EdDSA or ES256.' },
      least: 1,
      about: 'The signature algorithms that are taken.',
    },
    keys: { kind: 'list', of: JWT_KEY, least: 1, about: 'The keys; a token that names one is judged by that alone.' },
    jwks: { kind: 'text', format: 'url', about: 'Where the keys are published, as a JWK set.' },
    issuer: {
      kind: 'list',
      of: { kind: 'text', about: 'An issuer.' },
      least: 1,
      about: 'The issuers that are believed.',
      otherwise: 'any',
    },
    audience: { kind: 'list', of: { kind: 'text', about: 'An audience.' }, least: 1, about: 'For whom a token must be.', otherwise: 'any' },
    claims: {
      kind: 'dict',
      about: 'The claims that tell who the client is. A dot leads into a dict, as in realm_access.roles.',
      keys: {
        authid: { kind: 'text', about: 'The name of the user.', default: 'sub' },
        authrole: { kind: 'text', about: 'A role, or a list of which the first role of the realm is taken.', default: 'role' },
        realm: { kind: 'text', about: 'The realms for which the token is good.', otherwise: 'it is good for every one' },
      },
      required: [],
      default: '{}',
    },
    role: { kind: 'text', format: 'uri', about: 'The role of tokens that name none.', otherwise: 'they are refused' },
    tolerance: {
      kind: 'duration',
      least: 0,
      most: 600_000,
      about: 'How far the clocks of who makes tokens and of the router may be apart (exp, nbf).',
      default: '5s',
    },
  },
  required: ['algorithms'],
  exactlyOneOf: ['keys', 'jwks'],
} as const satisfies DictNode

const ISSUED = {
  kind: 'dict',
  about:
    'The router itself issues the cookie to pages of origins; a login on the connection gives it its meaning. ' +
    'In place of static and procedure.',
  keys: {
    age: { kind: 'duration', least: 60_000, most: 400 * 86_400_000, about: 'How long it is good after the login.', default: '168h' },
    sameSite: {
      kind: 'text',
      oneOf: ['strict', 'lax', 'none'],
      about: 'Whether browsers send it when a page of another site opens the connection: none does, over TLS only.',
      default: 'strict',
    },
    most: {
      kind: 'number',
      least: 1,
      most: 100_000,
      about: 'Cookies that are remembered, at most 16 of one user; the one used longest ago goes.',
      default: '10000',
    },
    file: {
      kind: 'text',
      format: 'file',
      about: 'Where they are remembered, by their digests, relative to this file.',
      otherwise: 'in memory, until the router stops',
    },
  },
  required: [],
  otherwise: 'the application sets it',
} as const satisfies DictNode

const COOKIE = {
  kind: 'dict',
  about: 'Takes a cookie that the application or the router set, read when the connection is opened.',
  keys: {
    name: { kind: 'text', about: 'Its name.' },
    origins: {
      kind: 'list',
      of: { kind: 'text', format: 'origin', about: 'An origin such as https://shop.example.com.' },
      least: 1,
      about: 'The pages that may log in so: a browser adds its cookies for any page.',
    },
    static: {
      kind: 'map',
      names: 'sha256',
      name: 'sha256',
      of: {
        kind: 'dict',
        about: 'Who has a cookie.',
        keys: {
          authid: { kind: 'text', about: 'The name of the user.' },
          role: { kind: 'text', format: 'uri', about: 'The role, one of roles of the realm that the user joins.' },
          realm: JOINED_REALM,
        },
        required: ['authid', 'role'],
      },
      about: 'Who has which cookie, by the SHA-256 of its value in hexadecimal.',
      default: '{}',
    },
    procedure: { kind: 'text', format: 'uri', about: 'Asked about other values, as a dynamic authenticator is.' },
    realm: { ...REALM_OF_PROCEDURE, about: 'The realm in which the procedure is registered.' },
    assigns: ASSIGNS,
    issued: ISSUED,
  },
  required: ['name', 'origins'],
  onlyWith: { realm: ['procedure'], assigns: ['procedure'] },
} as const satisfies DictNode

const DYNAMIC_AUTHENTICATOR = {
  kind: 'dict',
  about: 'A procedure that says who a client is, for users that are not in users.',
  keys: {
    procedure: { kind: 'text', format: 'uri', about: 'Called with realm, authid and details.' },
    methods: {
      kind: 'list',
      of: { kind: 'text', about: 'A method.' },
      least: 1,
      about: 'The methods that it decides about; each method has one procedure.',
    },
    realm: { ...REALM_OF_PROCEDURE, about: 'The realm in which the procedure is registered.' },
    assigns: ASSIGNS,
    deadline: { kind: 'duration', least: 10, most: 600_000, about: 'No answer for so long fails the login.', default: '5s' },
  },
  required: ['procedure', 'methods'],
} as const satisfies DictNode

/** Keys of a realm about all its users. */
export const LOGIN_KEYS = {
  users: USERS,
  usersFile: {
    kind: 'text',
    format: 'file',
    about: 'A file of more users, relative to this file: JSON Lines, each line a dict with authid and the keys of a user.',
    otherwise: 'none',
  },
  jwt: JWT,
  cookie: COOKIE,
  dynamicAuthenticators: {
    kind: 'list',
    of: DYNAMIC_AUTHENTICATOR,
    least: 0,
    about: 'Procedures that say who a client is, each for some methods.',
    default: '[]',
  },
  loginSecret: {
    kind: 'text',
    isSecret: true,
    about:
      'By it names that do not exist are shown the same salts and methods each time, over restarts and on every node, as real users are.',
    otherwise: 'made of routerKey, else of the users as they are at the start',
  },
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
