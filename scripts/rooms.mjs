// The table of rooms: which part of the tree may import which other. Data only; check-imports.mjs enforces it, ARCHITECTURE.md explains it.

/**
 * @typedef {object} Room
 * @property {readonly string[]} may What its files may import besides their own room: a room by its path, a package of ours
 *   by its name, `node:*`, `pkg:NAME`, or `pkg:*` for every declared package.
 * @property {boolean} [isPure] No clock, randomness, timers, promises, console, Node or DOM.
 * @property {boolean} [isTool] Never published, and imported by tests at most: it may use the root's development dependencies,
 *   and packages of ours without naming them in a manifest.
 * @property {boolean} [isBundled] Published with what it imports inside: its packages are development dependencies.
 */

const PROTOCOL = '@trunkline/protocol'
const CONTRACT = '@trunkline/contract'
const CLIENT = '@trunkline/client'
const ROUTER = '@trunkline/router'
const TESTING = '@trunkline/testing'
const TESTKIT = '@trunkline/testkit'
const CLI = 'trunkline'

const ROUTER_SRC = 'packages/router/src'
const CORE = `${ROUTER_SRC}/core`
const PORTS = `${CORE}/ports`
/** The rooms of the core, from the lowest up: each may import those that are named with it. */
const CORE_ROOMS = {
  ports: [],
  matching: ['ports'],
  contracts: ['ports', 'matching'],
  state: ['ports', 'matching', 'contracts'],
  outbox: ['ports'],
  rights: ['ports', 'matching', 'state'],
  pubsub: ['ports', 'matching', 'state'],
  calls: ['ports', 'matching', 'contracts', 'state'],
  meta: ['ports', 'matching', 'state', 'rights', 'pubsub', 'calls'],
}
const coreRoom = (/** @type {string} */ name) => `${CORE}/${name}`
/** What the rest of the router may import of the core. */
const CORE_DOOR = `${CORE}/index.ts`
const PORTS_DOOR = `${PORTS}/index.ts`
const PEERS = `${ROUTER_SRC}/peers`
const METRICS = `${ROUTER_SRC}/metrics`
const FABRIC = `${ROUTER_SRC}/fabric`
/** A rule on names of networks, for all of the router. */
const IPV6_SITE = `${ROUTER_SRC}/ipv6-site.ts`

const TRACING = `${ROUTER_SRC}/tracing`

/** The folders of adapters. Siblings never import each other. */
const ADAPTERS = ['authentication', 'authorization', 'store', 'cluster', 'listeners', 'bridges'].map((name) => `${ROUTER_SRC}/${name}`)
const ADAPTER = { may: [PROTOCOL, PORTS_DOOR, IPV6_SITE, 'node:*', 'pkg:*'] }
/** The files of the router that may import everything in it. */
const ROOT_FILES = [
  'router',
  'router-options',
  'router-host',
  'router-cluster',
  'settings-digest',
  'cluster-reports',
  'realms',
  'realm-entry',
  'realm-options',
  'realm-cookies',
  'token-renewal',
  'listening',
].map((name) => `${ROUTER_SRC}/${name}.ts`)
const COMPOSITION_ROOT = {
  may: [PROTOCOL, CORE_DOOR, PORTS_DOOR, PEERS, METRICS, FABRIC, ROUTER_SRC, ...ROOT_FILES, ...ADAPTERS, 'node:*', 'pkg:*'],
}
const TOOL = { may: [PROTOCOL, CONTRACT, CLIENT, ROUTER, TESTING, TESTKIT, CLI, 'node:*', 'pkg:*'], isTool: true }

/**
 * A file belongs to the longest path that is the file itself or a folder above it.
 * @type {Readonly<Record<string, Room>>}
 */
export const ROOMS = {
  'packages/protocol/src': { may: [], isPure: true },
  'packages/contract/src': { may: [PROTOCOL] },
  // Of contracts only types: docs/adr/0035-contracts-bring-their-code.md.
  'packages/client/src': { may: [PROTOCOL, CONTRACT, 'packages/client/src/transports'] },
  // Only applications that trace import it: docs/adr/0052-traces.md.
  'packages/client/src/tracing.ts': { may: [PROTOCOL, 'packages/client/src', 'pkg:@opentelemetry/api'] },
  // Only applications that encrypt import it: docs/adr/0009-client-parts.md.
  'packages/client/src/e2ee.ts': { may: [PROTOCOL, 'packages/client/src', 'pkg:@noble/ciphers'] },
  'packages/client/src/authentication': { may: [PROTOCOL, 'packages/client/src', 'packages/client/src/transports', 'pkg:*'] },
  // Components of pages: each entry imports its own framework.
  'packages/client/src/hooks': { may: [PROTOCOL, CONTRACT, 'packages/client/src', 'pkg:react', 'pkg:vue'] },
  // One connection for all tabs: what tabs and their shared worker say to each other.
  'packages/client/src/shared': { may: [PROTOCOL, 'packages/client/src', 'packages/client/src/transports'] },
  'packages/client/src/shared-worker.ts': { may: [PROTOCOL, 'packages/client/src', 'packages/client/src/shared'] },
  'packages/client/src/auth.ts': { may: ['packages/client/src/authentication'] },
  // The calls of autobahn-js, which need signatures and transports of all kinds.
  'packages/client/src/autobahn': {
    may: [PROTOCOL, 'packages/client/src', 'packages/client/src/authentication', 'packages/client/src/transports'],
  },
  'packages/client/src/autobahn.ts': { may: ['packages/client/src/autobahn'] },
  'packages/client/src/testing': {
    may: [
      PROTOCOL,
      CONTRACT,
      ROUTER,
      TESTING,
      'packages/client/src',
      'packages/client/src/shared',
      'packages/client/src/transports',
      'node:*',
    ],
    isTool: true,
  },
  'packages/client/src/transports': { may: [PROTOCOL, 'node:*'] },
  ...Object.fromEntries(
    Object.entries(CORE_ROOMS).map(([name, may]) => [coreRoom(name), { may: [PROTOCOL, ...may.map(coreRoom)], isPure: true }]),
  ),
  [PORTS_DOOR]: { may: [PORTS], isPure: true },
  // The realm, which puts the rooms together.
  [CORE]: { may: [PROTOCOL, ...Object.keys(CORE_ROOMS).map(coreRoom)], isPure: true },
  [CORE_DOOR]: { may: [CORE, ...Object.keys(CORE_ROOMS).map(coreRoom)], isPure: true },
  ...Object.fromEntries(ADAPTERS.map((folder) => [folder, ADAPTER])),
  [IPV6_SITE]: { may: [], isPure: true },
  [PEERS]: { may: [PROTOCOL, CORE_DOOR, PORTS_DOOR, IPV6_SITE] },
  // The other nodes of a cluster.
  [FABRIC]: { may: [PROTOCOL, CORE_DOOR, PORTS_DOOR], isPure: true },
  // Read at each scrape, and answered through a listener.
  [METRICS]: { may: [PROTOCOL, CORE_DOOR, PORTS_DOOR, ROUTER_SRC, `${ROUTER_SRC}/listeners`, `${ROUTER_SRC}/authentication`, 'node:*'] },
  [TRACING]: { may: [PROTOCOL, PORTS_DOOR, 'pkg:@opentelemetry/api'] },
  [ROUTER_SRC]: { may: [PROTOCOL, CORE_DOOR, PORTS_DOOR, IPV6_SITE, 'node:*', 'pkg:*'] },
  ...Object.fromEntries(ROOT_FILES.map((file) => [file, COMPOSITION_ROOT])),
  [`${ROUTER_SRC}/index.ts`]: COMPOSITION_ROOT,
  [`${ROUTER_SRC}/testing`]: { may: [PROTOCOL, ROUTER, CORE_DOOR, PORTS_DOOR, FABRIC, TESTKIT, TESTING, 'node:*', 'pkg:*'], isTool: true },
  'packages/cli/src': { may: [PROTOCOL, CONTRACT, CLIENT, ROUTER, 'node:*', 'pkg:*'] },
  // A page: of the command it knows what both sides say, and nothing of Node.
  'packages/cli/src/dashboard': {
    may: [PROTOCOL, CONTRACT, CLIENT, 'packages/cli/src', 'pkg:preact', 'pkg:@preact/signals', 'pkg:uplot'],
    isBundled: true,
  },
  'packages/cli/src/testing': { may: [PROTOCOL, CLIENT, ROUTER, 'packages/cli/src', TESTKIT, 'node:*', 'pkg:*'], isTool: true },
  'packages/testing/src': { may: [PROTOCOL, CLIENT, ROUTER, 'node:*'] },
  'packages/testkit/src': { may: [PROTOCOL, CLIENT, ROUTER, TESTING, 'node:*', 'pkg:*'], isTool: true },
  conformance: TOOL,
  bench: TOOL,
  examples: { may: [PROTOCOL, CONTRACT, CLIENT, ROUTER, TESTING, CLI, 'node:*', 'pkg:*'], isTool: true },
  scripts: { may: [PROTOCOL, TESTKIT, 'node:*', 'pkg:*'], isTool: true },
}

/** Measures, wire checks, generated pages and tests of what is built: these may import these folders of a package by path, not only by its entry points. */
export const PAST_THE_DOOR = {
  bench: ['packages/protocol/src', CORE, 'packages/cli/src', `${ROUTER_SRC}/store`],
  'bench/cluster': [FABRIC, `${ROUTER_SRC}/cluster`, `${ROUTER_SRC}/node-text.ts`, `${ROUTER_SRC}/sliced-scheduler.ts`],
  'conformance/websocket': [`${ROUTER_SRC}/listeners`, PORTS_DOOR, 'packages/client/src/transports'],
  'conformance/contracts': ['packages/contract/src', coreRoom('contracts'), 'packages/cli/src/contract', 'packages/cli/src/testing'],
  'conformance/crossbar': ['packages/cli/src/score'],
  'conformance/faults': ['packages/client/src/transports'],
  'conformance/fuzz': [
    `${ROUTER_SRC}/listeners`,
    `${ROUTER_SRC}/cluster`,
    `${ROUTER_SRC}/store`,
    PORTS_DOOR,
    FABRIC,
    coreRoom('contracts'),
    'packages/cli/src/admin',
  ],
  'conformance/crypto': ['packages/client/src/authentication', `${ROUTER_SRC}/authentication`],
  ...Object.fromEntries(
    ['bin', 'config/load-apart', 'workers/admin', 'workers/longpoll', 'workers/workers'].map((name) => [
      `packages/cli/src/${name}.test.ts`,
      ['scripts/build-command.mjs'],
    ]),
  ),
  scripts: ['packages/cli/src/config', 'packages/cli/src/contract', 'packages/cli/src/metrics'],
}

/** Records that refer to one another: their types, and only their types, may import each other in a cycle. */
export const RECORDS = ['session', 'subscription', 'registration', 'call'].map((name) => `${coreRoom('state')}/${name}.ts`)
