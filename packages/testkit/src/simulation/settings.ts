// What a simulated world is made of, as plain data: drawn from a seed, shrunk by removing parts, kept as JSON.

import type { SerializerName } from '@trunkline/protocol'
import type { Rule } from '@trunkline/router'
import { Random } from './random.ts'
import type { SharedPlan } from './script.ts'
import { URIS } from './script.ts'
import type { TopicPlan } from './topic-plans.ts'
import { drawTopics } from './topic-plans.ts'

export type SlowPolicy = 'disconnect' | 'drop_oldest' | 'conflate'

interface SlowPlan {
  readonly policy: SlowPolicy
  readonly topics: readonly { readonly uri: string; readonly policy: SlowPolicy }[]
}

/** A realm of the world. */
export interface RealmPlan {
  readonly name: string
  readonly allowsDisclosure: boolean
  /** Limits of one session. */
  readonly subscriptions: number
  readonly registrations: number
  readonly pendingCalls: number
  /** Rights by role: static rules, or an authorizer of the world's own that answers late. */
  readonly rights: 'static' | 'dynamic'
  /** How request ids are checked. */
  readonly requestIds: 'strict' | 'increasing' | 'tolerant'
  /** What is kept of topics; each pattern occurs once. */
  readonly topics?: readonly TopicPlan[]
  /** Octets of one answer from a history. */
  readonly historyAnswerBytes?: number
  /** The policy for events that are not read, and other policies for some topics. */
  readonly slowConsumers?: SlowPlan
}

/** A client of the world. */
export interface ClientPlan {
  /** The product's own session, one that speaks in literal arrays, or the product's own that connects again. */
  readonly kind: 'real' | 'raw' | 'returning'
  readonly serializer: SerializerName
  /** Which router it connects to. */
  readonly router: number
  readonly realm: string
  readonly role: string
  /** Shared with other clients, and the same for each of its sessions; else each session has one of its own. */
  readonly authid?: string
  /** What a raw client announces as a callee. */
  readonly canCancel: boolean
  readonly canProgress: boolean
  /** And besides: that calls may come in chunks, and that it enforces the time limits of calls. */
  readonly canStream?: boolean
  readonly canKeepTime?: boolean
  /** It is often too busy for a call; one that speaks in arrays mostly announces that such calls may be sent to another. */
  readonly canReroute?: boolean
  /** It is notified when a subscription or registration is revoked. */
  readonly isRevocable?: boolean
  /** The longest message that it accepts. */
  readonly maxBytes: number
  /** Milliseconds that its messages take, in each direction. */
  readonly delay: number
}

/** One step of a world: its own seed makes its details, so that removing other steps does not change them. */
export interface Step {
  /** Milliseconds after the step before. */
  readonly after: number
  readonly client: number
  readonly kind: StepKind
  readonly seed: number
}

export interface Plan {
  readonly seed: number
  /** The topics and procedures of this world: few, so that clients meet. */
  readonly uris: readonly string[]
  readonly shared?: SharedPlan
  readonly routers: number
  /** How many linked nodes stand in the place of each router; 1 when absent. */
  readonly nodes?: number
  /** Things go wrong between these nodes: packets, ways and nodes themselves. */
  readonly hasFaults?: boolean
  readonly outboxBytes: number
  readonly outboxTotalBytes: number
  readonly realms: readonly RealmPlan[]
  readonly clients: readonly ClientPlan[]
  readonly steps: readonly Step[]
}

const STEP_WEIGHTS = {
  subscribe: 110,
  unsubscribe: 40,
  publish: 180,
  register: 90,
  unregister: 35,
  call: 190,
  answer: 120,
  cancel: 50,
  meta: 60,
  leave: 16,
  drop: 14,
  vanish: 6,
  stall: 16,
  resume: 24,
  wait: 14,
  hostile: 45,
  /** Many publications at once; drawn only as a part of a flood. */
  flood: 0,
  /** Many progressive results at once; drawn only where a caller does not read. */
  parts: 0,
}

export type StepKind = keyof typeof STEP_WEIGHTS

export const STEP_KINDS = Object.keys(STEP_WEIGHTS) as readonly StepKind[]

/** Each kind as often as its weight says. */
const WEIGHTED_KINDS = STEP_KINDS.flatMap((kind) => Array.from({ length: STEP_WEIGHTS[kind] }, () => kind))

/** How many steps a world may have. */
export interface StepRange {
  readonly least: number
  readonly most: number
}

export const DEFAULT_STEPS: StepRange = { least: 40, most: 160 }

/** Draws a world. */
export function drawPlan(seed: number, steps: StepRange = DEFAULT_STEPS): Plan {
  const random = new Random(seed)
  const hasTwoRealms = random.percent(35)
  // A random source of its own, so that later additions leave the rest of a world unchanged.
  const more = new Random(seed ^ 0x51ed_270b)
  const isTight = random.percent(40)
  const outboxBytes = isTight ? random.between(300, 3000) : more.pick([20_000, 20_000, 1_200])
  const drawn = [drawRealm('realm1', 'static', random), ...(hasTwoRealms ? [drawRealm('realm2', 'dynamic', random)] : [])]
  const clients = Array.from({ length: drawClientCount(random) }, (): ClientPlan => {
    const client = drawClient(drawn, random)
    const able = { ...client, canStream: more.percent(60), canKeepTime: more.percent(40), isRevocable: more.percent(50) }
    return more.percent(25) ? { ...able, authid: `shared-${more.below(2)}` } : able
  })
  const uris = drawSome(URIS, random.between(1, 4), random)
  const realms = drawn.map((realm): RealmPlan => (more.percent(45) ? { ...realm, slowConsumers: drawSlowConsumers(uris, more) } : realm))
  const mayDrop = realms.some(({ slowConsumers }) => slowConsumers !== undefined)
  const plan: Plan = {
    seed,
    uris,
    // The routers are not linked: nothing may pass from one to another.
    routers: random.percent(4) ? random.between(2, 3) : 1,
    outboxBytes,
    outboxTotalBytes: isTight && random.percent(50) ? Math.ceil((outboxBytes * random.between(100, 160)) / 100) : 1_000_000,
    realms,
    clients,
    steps: [
      ...Array.from({ length: random.between(steps.least, steps.most) }, () => drawStep(clients.length, random)),
      ...drawSlowReading(clients.length, mayDrop, more),
      ...(isTight ? drawSlowCalling(clients.length, new Random(seed ^ 0x2545_f491)) : []),
    ],
  }
  const kinds = clients.map((client): ClientPlan => (more.percent(17) ? { ...client, kind: 'returning' } : client))
  const still = new Random(seed ^ 0x2c1b_3c6d)
  const keeping = realms.map((realm) => (still.percent(35) ? { ...realm, ...drawKeeping(uris, still) } : realm))
  const able = kinds.map((client) => ({ ...client, canReroute: still.percent(50) }))
  const keepsHistory = keeping.some(({ topics = [] }) => topics.some(({ history }) => history !== undefined))
  const read = keepsHistory && still.percent(70) ? drawReading(clients.length, still) : []
  const whole = { ...plan, realms: keeping, clients: able, steps: [...plan.steps, ...read] }
  if (still.percent(60)) return whole
  const shared: SharedPlan = { uri: still.pick(uris), invoke: still.pick(['roundrobin', 'random', 'first', 'last']) }
  return { ...whole, shared, steps: [...whole.steps, ...drawSharing(clients.length, still)] }
}

function drawKeeping(uris: readonly string[], random: Random): Pick<RealmPlan, 'topics' | 'historyAnswerBytes'> {
  return { topics: drawTopics(random, uris), ...(random.percent(40) ? { historyAnswerBytes: random.pick([200, 700, 3_000]) } : {}) }
}

const POLICIES = ['drop_oldest', 'conflate', 'disconnect'] as const

function drawSlowConsumers(uris: readonly string[], random: Random): SlowPlan {
  const policy = random.pick(POLICIES)
  return { policy, topics: random.some(uris, 35).map((uri) => ({ uri, policy: random.pick(POLICIES) })) }
}

/** If events may be dropped, a client often stops reading; now and then more small events are queued than a queue keeps slots for. */
function drawSlowReading(clients: number, mayDrop: boolean, random: Random): Step[] {
  const isFlood = random.percent(1)
  if (!isFlood && !(mayDrop && random.percent(35))) return []
  const reader = random.below(clients)
  const step = (kind: StepKind, client: number): Step => ({ after: random.between(1, 40), client, kind, seed: random.bits() })
  const several = (count: number, kind: StepKind, client = (): number => random.below(clients)): Step[] =>
    Array.from({ length: count }, () => step(kind, client()))
  return [
    step('resume', reader),
    ...several(isFlood ? 10 : 6, 'subscribe', () => reader),
    step('stall', reader),
    ...several(isFlood ? 5 : 10, isFlood ? 'flood' : 'publish'),
    ...several(2, random.pick(['unsubscribe', 'subscribe', 'publish', 'leave']), () => reader),
    ...several(4, 'publish'),
    step('resume', reader),
    ...several(2, random.pick(['publish', 'wait'])),
    ...several(3, 'publish'),
  ]
}

function drawSteps(count: number, kinds: readonly StepKind[], clients: number, random: Random): Step[] {
  const step = (): Step => ({ after: random.between(1, 30), client: random.below(clients), kind: random.pick(kinds), seed: random.bits() })
  return Array.from({ length: count }, step)
}

/** Much is published, and sessions that were subscribed and others query it. */
function drawReading(clients: number, random: Random): Step[] {
  const several = (count: number, kinds: readonly StepKind[]): Step[] => drawSteps(count, kinds, clients, random)
  return [
    ...several(5, ['subscribe']),
    ...several(10, ['publish']),
    ...several(8, ['meta', 'meta', 'publish']),
    ...several(1, ['wait', 'publish', 'drop']),
    ...several(8, ['meta', 'meta', 'publish']),
  ]
}

/** Several callees offer the same procedure and are too busy now and then; some leave, or do not read. */
function drawSharing(clients: number, random: Random): Step[] {
  const several = (count: number, kinds: readonly StepKind[]): Step[] => drawSteps(count, kinds, clients, random)
  const faults: readonly StepKind[] = ['stall', 'resume', 'unregister', 'cancel', 'cancel', 'drop', 'register']
  return [
    ...several(Math.min(8, 2 * clients), ['resume', 'register']),
    ...several(6, ['register']),
    ...several(6, ['call']),
    ...several(6, ['answer', 'answer', 'call']),
    ...several(4, ['cancel', 'cancel', 'call']),
    ...several(2, faults),
    ...several(8, ['answer', 'answer', 'call']),
    ...several(2, faults),
    ...several(6, ['answer']),
  ]
}

/** Now and then a caller does not read while it is answered, or a callee while it is called. */
function drawSlowCalling(clients: number, random: Random): Step[] {
  if (!random.percent(20)) return []
  const [caller, callee] = [random.below(clients), random.below(clients)]
  const isCallerSlow = random.percent(60)
  const reader = isCallerSlow ? caller : callee
  const several = (count: number, kind: StepKind, client: number): Step[] =>
    drawSteps(count, [kind], clients, random).map((step) => ({ ...step, client }))
  return [
    ...several(1, 'resume', caller),
    ...several(2, 'register', callee),
    ...several(1, 'register', random.below(clients)),
    ...several(isCallerSlow ? 12 : 3, 'call', caller),
    ...several(1, 'stall', reader),
    ...(isCallerSlow ? [...several(8, 'parts', callee), ...several(8, 'answer', callee)] : several(14, 'call', caller)),
    ...several(1, 'resume', reader),
    ...several(3, 'answer', callee),
  ]
}

function drawClientCount(random: Random): number {
  if (random.percent(85)) return random.between(2, 6)
  return random.percent(80) ? random.between(7, 15) : random.between(16, 40)
}

function drawSome<Item>(items: readonly Item[], count: number, random: Random): Item[] {
  const left = [...items]
  return Array.from({ length: count }, () => left.splice(random.below(left.length), 1)[0] as Item)
}

function drawRealm(name: string, rights: RealmPlan['rights'], random: Random): RealmPlan {
  const isTight = random.percent(30)
  return {
    name,
    rights,
    requestIds: random.pick(['strict', 'tolerant', 'increasing', 'strict', 'tolerant']),
    allowsDisclosure: random.percent(75),
    subscriptions: isTight ? 3 : 1000,
    registrations: isTight ? 3 : 1000,
    pendingCalls: isTight ? 2 : 1000,
  }
}

function drawClient(realms: readonly RealmPlan[], random: Random): ClientPlan {
  return {
    kind: random.percent(40) ? 'real' : 'raw',
    serializer: random.pick(['json', 'json', 'msgpack', 'cbor']),
    router: random.below(5),
    realm: random.pick(realms).name,
    role: random.pick(['admin', 'admin', 'admin', 'user', 'user', 'user', 'guest']),
    canCancel: random.percent(65),
    canProgress: random.percent(70),
    maxBytes: random.percent(12) ? 1_300 : 1_000_000,
    delay: random.percent(50) ? 0 : random.between(1, 30),
  }
}

function drawStep(clients: number, random: Random): Step {
  const kind = random.pick(WEIGHTED_KINDS)
  return {
    after: random.percent(30) ? 0 : random.between(1, 40),
    client: random.below(clients),
    kind,
    seed: random.bits(),
  }
}

const ALL = ['call', 'register', 'publish', 'subscribe'] as const
const KILLS = ['kill', 'kill_by_authid', 'kill_by_authrole', 'kill_all'].map((name) => `wamp.session.${name}`)

/** The rights of each role in a realm with static rights. */
export const ROLE_RULES: Readonly<Record<string, readonly Rule[]>> = {
  admin: [
    { uri: '**', allow: ALL, options: ['force_reregister', 'retain'] },
    { uri: 'wamp.**', allow: ALL },
    { uri: 'trunkline.session.**', allow: ['subscribe'] },
  ],
  user: [
    { uri: '**', allow: ALL },
    { uri: 'wamp.**', allow: ['call', 'subscribe'] },
    { uri: 'trunkline.session.on_gap', allow: ['subscribe'] },
    { uri: 'com.secret.**', allow: ['call'] },
    { uri: 'com.a.c', allow: ['subscribe', 'publish', 'call'] },
    ...KILLS.map((uri): Rule => ({ uri, match: 'exact', allow: ['subscribe'] })),
  ],
  guest: [
    { uri: 'com.a.**', allow: ALL },
    { uri: 'com.a.b', allow: ['subscribe', 'call'] },
    { uri: 'com..c', allow: ['publish', 'call', 'subscribe'] },
    { uri: 'net', allow: ['call', 'subscribe'] },
    { uri: 'com.secret.**', allow: ['see'] },
    { uri: 'wamp.**', allow: ['call', 'subscribe'] },
    { uri: 'wamp.session.kill', match: 'prefix', allow: [] },
  ],
}

/** The answer of the late authorizer of a realm with dynamic rights; it judges patterns by their text. */
export function dynamicVerdict(role: string, action: string, uri: string): boolean | 'failed' {
  if (uri === 'com.x.y' && action === 'call') return 'failed'
  if (uri.startsWith('wamp.session.kill')) return role === 'admin'
  if (uri.includes('secret')) return role === 'admin' || action === 'call'
  return role !== 'guest' || action !== 'register'
}
