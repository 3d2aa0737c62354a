// The programs that drive clients of other projects: what each is, how it is started, which serializers it has. Data only.

import type { Feature } from '../interop/features/feature.ts'
import { ALL_FEATURES } from '../interop/features/feature.ts'

/** What the programs' protocol cannot express. */
const UNSPOKEN: readonly Feature[] = [
  'progressive_results',
  'progressive_invocations',
  'progressive_invocations_callee',
  'cancel_skip',
  'cancel_kill',
  'cancel_killnowait',
  'registration_revocation',
  'event_history',
  'registration_meta',
  'subscription_meta',
  'payload_passthru',
]

/** What is tried with each program. */
export const FEATURES: readonly Feature[] = ALL_FEATURES.filter((feature) => !UNSPOKEN.includes(feature))

export interface Program {
  readonly name: string
  /** For the page. */
  readonly title: string
  /** The file that is built, below .cache/clients. */
  readonly built: string
  /** The command that starts it; `BUILT` stands for the path of the built file. */
  readonly command: readonly string[]
  readonly serializers: readonly string[]
  /** Does not show the id of its session. */
  readonly hidesSessions?: true
  /** The part of ci.sh that builds it. */
  readonly language: 'go' | 'rust' | 'java' | 'python' | 'javascript'
}

export const PROGRAMS: readonly Program[] = [
  {
    name: 'nexus',
    title: 'nexus client 3.3.0 (Go)',
    language: 'go',
    built: 'go/nexus',
    command: ['BUILT'],
    serializers: ['json', 'msgpack', 'cbor'],
  },
  {
    name: 'xconn-go',
    title: 'xconn-go 0.1.0 (Go)',
    language: 'go',
    built: 'go/xconn',
    command: ['BUILT'],
    serializers: ['json', 'msgpack', 'cbor'],
  },
  {
    name: 'wamp_async',
    title: 'wamp_async 0.3.1 (Rust)',
    language: 'rust',
    built: 'rust/debug/wamp-async',
    command: ['BUILT'],
    serializers: ['json', 'msgpack'],
    hidesSessions: true,
  },
  {
    name: 'xconn-core',
    title: 'xconn-core 0.1.0 (Rust, by its Python package)',
    language: 'python',
    built: 'python-venv/installed.txt',
    command: ['.cache/clients/python-venv/bin/python', 'conformance/clients/python/xconn_core_client.py'],
    serializers: ['json', 'msgpack', 'cbor'],
  },
  {
    name: 'swampyer',
    title: 'swampyer 3.1 (Python)',
    language: 'python',
    built: 'python-venv/installed.txt',
    command: ['.cache/clients/python-venv/bin/python', 'conformance/clients/python/swampyer_client.py'],
    serializers: ['json', 'msgpack', 'cbor'],
  },
  {
    name: 'jawampa',
    title: 'jawampa 0.5.0 (Java)',
    language: 'java',
    built: 'java/jawampa/classes/Jawampa.class',
    command: ['java', '-cp', '.cache/clients/java/jawampa/classes:.cache/clients/java/jawampa/lib/*', 'Jawampa'],
    serializers: ['json', 'msgpack'],
  },
  {
    name: 'autobahn-java',
    title: 'autobahn-java 20.6.1 (Java)',
    language: 'java',
    built: 'java/autobahn-java/classes/AutobahnJava.class',
    command: ['java', '-cp', '.cache/clients/java/autobahn-java/classes:.cache/clients/java/autobahn-java/lib/*', 'AutobahnJava'],
    serializers: ['json', 'msgpack', 'cbor'],
  },
  {
    name: 'thruway.js',
    title: 'thruway.js 2.0.7',
    language: 'javascript',
    built: 'javascript/node_modules/thruway.js/package.json',
    command: ['node', '.cache/clients/javascript/thruway.js'],
    serializers: ['json'],
  },
]

/** Clients that cannot be installed, with the reason. */
export const NOT_INSTALLABLE: Readonly<Record<string, string>> = {
  'wick (Go)': 'the module proxy does not hand it out; it is a command line upon the client of nexus',
  'xconn (Rust crate)': 'the registry has no such crate; the Rust runtime of XConn is tried as xconn-core',
}
