// The table of a contract file: every key with its type and one sentence. The check and the reference are
// made from it.

import type { DictNode, ListNode } from '../config/nodes.ts'

const DOC = { kind: 'text', about: 'What people should know of it, in Markdown.' } as const
const SINCE = { kind: 'text', about: 'The version of the contract that brought it.' } as const
const DEPRECATED = { kind: 'text', about: 'What to use in its place; an empty text if there is nothing.' } as const
const PATH = {
  kind: 'list',
  of: { kind: 'text', about: 'A key.' },
  least: 1,
  about: 'The keys by which programs in TypeScript find it.',
  otherwise: 'the components of the URI below the prefix',
} as const satisfies ListNode

const ARGS = {
  kind: 'list',
  of: {
    kind: 'dict',
    about: 'One positional value.',
    keys: {
      name: { kind: 'text', about: 'Its name, for people.' },
      required: { kind: 'flag', about: 'Whether it must be there; one that need not be may also be null.' },
      schema: { kind: 'data', orFlag: true, about: 'Its JSON Schema (2020-12).' },
    },
    required: ['name', 'required', 'schema'],
  },
  least: 0,
  about: 'The positional values, in order. Further ones are ignored.',
} as const satisfies ListNode

const KWARGS = {
  kind: 'data',
  orFlag: true,
  about: 'The JSON Schema (2020-12) of the dict of keyword values.',
  otherwise: 'no keywords',
} as const

const PAYLOAD = { args: ARGS, kwargs: KWARGS } as const

const CALL = { kind: 'dict', about: 'What a caller sends.', keys: PAYLOAD, required: ['args'] } as const satisfies DictNode

const PROCEDURE = {
  kind: 'dict',
  about: 'One procedure.',
  keys: {
    path: PATH,
    doc: DOC,
    since: SINCE,
    deprecated: DEPRECATED,
    idempotent: { kind: 'flag', about: 'Whether repeating a call does no harm.', default: 'false' },
    call: CALL,
    chunk: { ...CALL, about: 'What a caller sends piece by piece, in place of call.' },
    result: { ...CALL, about: 'What a callee returns.' },
    progress: { ...CALL, about: 'What a callee may send before the result.' },
    errors: {
      kind: 'list',
      of: { kind: 'text', format: 'uri', about: 'The URI of an error.' },
      least: 0,
      about: 'The errors with which a call may fail; each of them is described below errors.',
      default: '[]',
    },
  },
  required: ['call', 'result'],
} as const satisfies DictNode

const TOPIC = {
  kind: 'dict',
  about: 'One topic.',
  keys: {
    path: PATH,
    doc: DOC,
    since: SINCE,
    deprecated: DEPRECATED,
    from: {
      kind: 'text',
      oneOf: ['service', 'client', 'both'],
      about: 'Who publishes: the side that implements the contract, the other, or both.',
      default: 'service',
    },
    event: { ...CALL, about: 'What a publisher sends.' },
  },
  required: ['event'],
} as const satisfies DictNode

const ERROR = {
  kind: 'dict',
  about: 'What an error carries.',
  keys: { doc: DOC, ...PAYLOAD },
  required: ['args'],
} as const satisfies DictNode

/** The whole file. */
export const CONTRACT_SCHEMA = {
  kind: 'dict',
  about: 'A contract: what procedures, topics and errors take and give.',
  keys: {
    trunkline: { kind: 'text', oneOf: ['contract/1'], about: 'The form of this file.' },
    prefix: { kind: 'text', about: 'Begins the URI of each procedure and topic; an empty text if they have nothing in common.' },
    version: { kind: 'text', about: 'The version of the contract, three numbers as in semantic versioning.' },
    title: { kind: 'text', about: 'The name of the contract, for people.', otherwise: 'the prefix' },
    procedures: {
      kind: 'map',
      names: 'uri',
      name: 'URI',
      of: PROCEDURE,
      about: 'The procedures by URI. A component {name} is a parameter, {name:int} a whole number, {name*} at the end all that follows.',
    },
    topics: { kind: 'map', names: 'uri', name: 'URI', of: TOPIC, about: 'The topics by URI, with parameters as in procedures.' },
    errors: { kind: 'map', names: 'uri', name: 'URI', of: ERROR, about: 'The errors by URI.', default: '{}' },
  },
  required: ['trunkline', 'prefix', 'version', 'procedures', 'topics'],
} as const satisfies DictNode
