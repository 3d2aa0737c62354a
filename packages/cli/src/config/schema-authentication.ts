// The part of the schema about the logins of a realm.

import type { DictNode, MapNode } from './nodes.ts'

const ITERATIONS = { kind: 'number', least: 1, most: 100_000_000 } as const

const TICKET = {
  kind: 'either',
  about: 'Method ticket: the ticket itself, or only its SHA-256.',
  scalar: { kind: 'text', isSecret: true, about: 'The ticket.' },
  dict: {
    kind: 'dict',
    about: 'A ticket of which the file holds only the SHA-256.',
    keys: {
      sha256: {
        kind: 'text',
        format: 'sha256',
        isSecret: true,
        about: 'The SHA-256 of the ticket in hexadecimal; trunkline token makes both.',
      },
    },
    required: ['sha256'],
  },
} as const

const WAMPCRA = {
  kind: 'dict',
  about: 'Method wampcra (WAMP-CRA): a secret that both sides know, a password from which both derive the key, or the derived key.',
  keys: {
    secret: { kind: 'text', isSecret: true, about: 'The secret that client and router know.' },
    password: { kind: 'text', isSecret: true, about: 'The password; client and router derive the key from it.' },
    key: { kind: 'text', isSecret: true, about: 'The derived key in Base64; trunkline salt makes it.' },
    salt: { kind: 'text', helpsToGuess: true, about: 'The salt, used as text and not decoded. Use a different one for each user.' },
    iterations: { ...ITERATIONS, about: 'Iterations of PBKDF2.', otherwise: '100000 with password' },
    keylen: { kind: 'number', least: 16, most: 1_024, about: 'The length of the key in octets.', otherwise: '32 with password' },
  },
  required: [],
  exactlyOneOf: ['secret', 'password', 'key'],
  onlyWith: { salt: ['password', 'key'], iterations: ['password', 'key'], keylen: ['password', 'key'] },
  needs: { password: ['salt'], key: ['salt', 'iterations', 'keylen'] },
} as const satisfies DictNode

const SCRAM = {
  kind: 'dict',
  about: 'Method wamp-scram (WAMP-SCRAM): a password, or the keys derived from it.',
  keys: {
    kdf: { kind: 'text', oneOf: ['pbkdf2', 'argon2id13'], about: 'The function that derives the keys from the password.' },
    salt: { kind: 'text', format: 'hex', helpsToGuess: true, about: 'The salt in hexadecimal. Use a different one for each user.' },
    iterations: { ...ITERATIONS, about: 'Iterations of PBKDF2 or Argon2.' },
    memory: {
      kind: 'number',
      least: 8,
      most: 4_194_304,
      about: 'The memory of Argon2 in KiB. Needed with kdf argon2id13, and used only there.',
    },
    dialect: {
      kind: 'text',
      oneOf: ['specified', 'autobahn'],
      about: 'The dialect of the client: autobahn for clients of Autobahn and Crossbar.io.',
      default: 'specified',
    },
    password: { kind: 'text', isSecret: true, about: 'The password.' },
    storedKey: {
      kind: 'text',
      format: 'sha256',
      isSecret: true,
      about: 'The StoredKey in hexadecimal, in place of password, with serverKey; trunkline salt makes both.',
    },
    serverKey: { kind: 'text', format: 'sha256', isSecret: true, about: 'The ServerKey in hexadecimal.' },
  },
  required: ['kdf', 'salt', 'iterations'],
  exactlyOneOf: ['password', 'storedKey'],
  onlyWith: { serverKey: ['storedKey'] },
  needs: { storedKey: ['serverKey'] },
} as const satisfies DictNode

const CRYPTOSIGN = {
  kind: 'dict',
  about: 'Method cryptosign: Ed25519 keys of the client.',
  keys: {
    publicKeys: {
      kind: 'list',
      of: { kind: 'text', format: 'key', about: 'A public key in hexadecimal; trunkline keys new makes a pair.' },
      least: 1,
      about: 'The public keys by which the user may log in.',
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
      about: 'The certificates by which the user may log in.',
    },
    subject: {
      kind: 'text',
      about: 'The common name in the subject of the certificate, which an authority in tls.ca of the listener has to sign.',
    },
  },
  required: [],
  exactlyOneOf: ['sha256', 'subject'],
} as const satisfies DictNode

const JOINED_REALM = {
  kind: 'text',
  format: 'uri',
  about: 'The realm that the user joins, whichever the client requests.',
  otherwise: 'this realm',
} as const

export const USER = {
  kind: 'dict',
  about: 'A user. The client may choose among the login methods given here.',
  keys: {
    role: { kind: 'text', format: 'uri', about: 'The role, one of roles of the realm that the user joins.' },
    realm: JOINED_REALM,
    ticket: TICKET,
    wampcra: WAMPCRA,
    scram: SCRAM,
    cryptosign: CRYPTOSIGN,
    tls: TLS,
    extra: { kind: 'data', about: 'Sent to the client in WELCOME (authextra).' },
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
  about: 'The realms that an answer may assign to a client (key realm of the answer), besides the one that the client requests.',
  otherwise: 'none',
} as const

const REALM_OF_PROCEDURE = { kind: 'text', format: 'uri', otherwise: 'the realm that the client wants to join' } as const

const JWT_KEY = {
  kind: 'dict',
  about: 'A key that checks signatures of tokens.',
  keys: {
    kid: { kind: 'text', about: 'The name of the key in tokens.' },
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
  about: 'Accepts JSON Web Tokens, by method jwt or as a ticket. The session ends when its token expires.',
  keys: {
    algorithms: {
      kind: 'list',
      of: { kind: 'text', about: 'An algorithm such as EdDSA or ES256.' },
      least: 1,
      about: 'The accepted signature algorithms.',
    },
    keys: { kind: 'list', of: JWT_KEY, least: 1, about: 'The keys. The router checks a token that names a key (kid) with that key alone.' },
    jwks: { kind: 'text', format: 'url', about: 'The URL of the keys, published as a JWK set.' },
    issuer: {
      kind: 'list',
      of: { kind: 'text', about: 'An issuer.' },
      least: 1,
      about: 'The issuers whose tokens the router accepts (iss).',
      otherwise: 'any issuer',
    },
    audience: {
      kind: 'list',
      of: { kind: 'text', about: 'An audience.' },
      least: 1,
      about: 'The audiences of which a token has to name one (aud).',
      otherwise: 'any audience',
    },
    claims: {
      kind: 'dict',
      about: 'The claims that identify the client. A dot leads into a dict, as in realm_access.roles.',
      keys: {
        authid: { kind: 'text', about: 'The claim with the authid of the client.', default: 'sub' },
        authrole: {
          kind: 'text',
          about: 'The claim with the role, or with a list whose first role of the realm is used.',
          default: 'role',
        },
        realm: {
          kind: 'text',
          about: 'The claim with the realms for which the token is valid, a name or a list.',
          otherwise: 'a token is valid for each realm that accepts it',
        },
      },
      required: [],
      default: '{}',
    },
    role: { kind: 'text', format: 'uri', about: 'The role for tokens without one.', otherwise: 'such tokens are refused' },
    tolerance: {
      kind: 'duration',
      least: 0,
      most: 600_000,
      about: 'How far the clocks of the issuer and of the router may differ (exp, nbf).',
      default: '5s',
    },
  },
  required: ['algorithms'],
  exactlyOneOf: ['keys', 'jwks'],
} as const satisfies DictNode

const ISSUED = {
  kind: 'dict',
  about:
    'The router itself issues the cookie when a page of origins opens a connection; after a login on that connection the cookie stands ' +
    'for the login. Replaces static and procedure.',
  keys: {
    age: {
      kind: 'duration',
      least: 60_000,
      most: 400 * 86_400_000,
      about: 'How long the cookie is valid after the login.',
      default: '168h',
    },
    sameSite: {
      kind: 'text',
      oneOf: ['strict', 'lax', 'none'],
      about:
        'Whether browsers send the cookie when a page of another site opens the connection. Only with none they do, and only over TLS.',
      default: 'strict',
    },
    most: {
      kind: 'number',
      least: 1,
      most: 100_000,
      about: 'The most cookies that the router remembers, at most 16 of one user. It drops the one unused for longest.',
      default: '10000',
    },
    file: {
      kind: 'text',
      format: 'file',
      about: 'A file in which the router remembers the digests of the cookies, relative to this file.',
      otherwise: 'in memory, until the router stops',
    },
  },
  required: [],
  otherwise: 'the application sets the cookie',
} as const satisfies DictNode

const COOKIE = {
  kind: 'dict',
  about: 'Accepts a cookie that the application or the router set. The router reads it when the connection is opened.',
  keys: {
    name: { kind: 'text', about: 'The name of the cookie.' },
    origins: {
      kind: 'list',
      of: { kind: 'text', format: 'loginPage', about: 'An origin such as https://shop.example.com or https://*.example.com.' },
      least: 1,
      about: 'The pages that may log in by the cookie. Required since a browser sends its cookies for any page.',
    },
    static: {
      kind: 'map',
      names: 'sha256',
      name: 'sha256',
      hidesNames: true,
      of: {
        kind: 'dict',
        about: 'The user of a cookie.',
        keys: {
          authid: { kind: 'text', about: 'The authid of the user.' },
          role: { kind: 'text', format: 'uri', about: 'The role, one of roles of the realm that the user joins.' },
          realm: JOINED_REALM,
        },
        required: ['authid', 'role'],
      },
      about: 'The users by the SHA-256 of the value of their cookie in hexadecimal.',
      default: '{}',
    },
    procedure: {
      kind: 'text',
      format: 'uri',
      about: 'The procedure that decides about other values. The router calls it like a dynamic authenticator.',
    },
    realm: { ...REALM_OF_PROCEDURE, about: 'The realm in which the procedure is registered.' },
    assigns: ASSIGNS,
    issued: ISSUED,
  },
  required: ['name', 'origins'],
  onlyWith: { realm: ['procedure'], assigns: ['procedure'] },
} as const satisfies DictNode

const DYNAMIC_AUTHENTICATOR = {
  kind: 'dict',
  about: 'A procedure that identifies clients whose authid is not in users.',
  keys: {
    procedure: { kind: 'text', format: 'uri', about: 'The router calls it with realm, authid and details; it answers the role or a dict.' },
    methods: {
      kind: 'list',
      of: { kind: 'text', about: 'A method.' },
      least: 1,
      about: 'The methods about which the procedure decides; each method has at most one procedure.',
    },
    realm: { ...REALM_OF_PROCEDURE, about: 'The realm in which the procedure is registered.' },
    assigns: ASSIGNS,
    deadline: { kind: 'duration', least: 10, most: 600_000, about: 'A login without an answer in this time fails.', default: '5s' },
  },
  required: ['procedure', 'methods'],
} as const satisfies DictNode

/** Keys of a realm about all its users. */
export const LOGIN_KEYS = {
  users: USERS,
  usersFile: {
    kind: 'text',
    format: 'file',
    about:
      'A file with further users, relative to this file: JSON Lines, each line a dict with authid and the keys of a user. For thousands of users.',
    otherwise: 'none',
  },
  jwt: JWT,
  cookie: COOKIE,
  dynamicAuthenticators: {
    kind: 'list',
    of: DYNAMIC_AUTHENTICATOR,
    least: 0,
    about: 'Procedures that identify clients, each for some methods.',
    default: '[]',
  },
  loginSecret: {
    kind: 'text',
    isSecret: true,
    about:
      'A secret text by which unknown names get the same challenges each time, as real users do, so that names cannot be found out by ' +
      'trying. Needed when that has to hold over restarts that change users, and on several nodes.',
    otherwise: 'derived from routerKey, else from the users as they are at the start',
  },
  plainTickets: {
    kind: 'flag',
    about:
      'Accepts tickets over any connection. Without it only over TLS, from this machine and over Unix sockets, since tickets are sent unencrypted.',
    default: 'false',
  },
  routerKey: {
    kind: 'text',
    format: 'key',
    isSecret: true,
    about:
      'The private key of the router for cryptosign in hexadecimal. With it the router proves its identity to clients that ask for it.',
  },
} as const
