// Faults in rights, in the life of sessions, and in queues.

import type { Mutant } from './mutant.ts'

const REALM = 'router/core/realm.ts'
const OUTBOX = 'router/core/outbox/outbox.ts'
const TOTAL = 'router/core/outbox/outbox-total.ts'
const CONNECTION = 'router/peers/connection.ts'
const PEER = 'router/peers/network-peer.ts'
const META = 'router/core/meta/meta-api.ts'
const PIPELINE = 'router/core/rights/gate.ts'
const RULES = 'router/authorization/rules.ts'
const RULES_OF_SESSIONS = 'protocol/session-rules.ts'

export const SESSION_MUTANTS: readonly Mutant[] = [
  {
    name: 'a deny under a pattern is not looked at',
    file: RULES,
    find: 'if (rule.verdicts[action] === false && mayOverlap(rule, asked)) return false',
    replace: '',
  },
  {
    name: 'whoever may do all may kill',
    file: RULES,
    find: 'const mustNameRouter = isForRouter(uri)',
    replace: 'const mustNameRouter = false',
  },
  {
    name: 'publications are not authorized',
    file: REALM,
    find: "return this.#pipeline.judge(session, message, 'publish', message.topic)",
    replace: 'return this.#perform(session, message)',
  },
  {
    name: 'the late verdict of an authorizer is always yes',
    file: PIPELINE,
    find: 'this.#resume(session, message, wish, answer))',
    replace: 'this.#resume(session, message, wish, true))',
  },
  {
    name: 'input overtakes a message that waits for the authorizer',
    file: PIPELINE,
    find: 'if (session.parked === undefined) this.#owner.route(session, message)',
    replace: 'if (session.parked === undefined || message.type === PUBLISH) this.#owner.route(session, message)',
  },
  {
    name: 'the other spelling of a feature is not known',
    file: 'protocol/features.ts',
    find: 'row.spellings.some((name) => features[name] === true)',
    replace: "features[row.spellings[0] ?? ''] === true",
  },
  {
    name: 'GOODBYE is answered as if the router had begun',
    file: CONNECTION,
    find: 'reason: uris.GOODBYE_AND_OUT',
    replace: 'reason: uris.CLOSE_REALM',
  },
  {
    name: 'a repeated request id passes',
    file: RULES_OF_SESSIONS,
    find: "if (request > this.#last && this.#rule !== 'strict')",
    replace: "if (request >= this.#last && this.#rule !== 'strict')",
  },
  {
    name: 'a gap in request ids passes in a strict realm',
    file: RULES_OF_SESSIONS,
    find: "if (request > this.#last && this.#rule !== 'strict')",
    replace: 'if (request > this.#last)',
  },
  {
    name: 'messages are taken while GOODBYE is awaited',
    file: CONNECTION,
    find: "if (message.type === GOODBYE || message.type === ABORT) this.#end(undefined, 'normal')",
    replace: "this.#end(undefined, 'normal')",
  },
  {
    name: 'a transport without HELLO stays open',
    file: CONNECTION,
    find: "else if (this.#phase === 'opening') this.#end(undefined",
    replace: "else if (this.#phase === 'closing') this.#end(undefined",
  },
  {
    name: 'the session of a lost connection stays',
    file: CONNECTION,
    find: 'this.#realm?.leave(session)',
    replace: "if (this.#phase !== 'dead') this.#realm?.leave(session)",
  },
  {
    name: 'kill reaches also who calls it',
    file: META,
    find: 'const others = sessions.filter((session) => session.id !== caller)',
    replace: 'const others = sessions',
  },
  {
    name: 'the router counts its own session',
    file: META,
    find: 'return [...realm.sessions.values()].filter((session) => !session.isInternal)',
    replace: 'return [...realm.sessions.values()]',
  },
  {
    name: 'a queue has no limit',
    file: OUTBOX,
    find: 'this.#queue?.canFit(message, this.#limits.hard) !== false',
    replace: 'this.#queue?.canFit(message, 1e9) !== false',
  },
  {
    name: 'who reads goes before who does not',
    file: TOTAL,
    find: 'if (a.isSlow !== b.isSlow) return a.isSlow',
    replace: 'if (a.isSlow !== b.isSlow) return b.isSlow',
  },
  {
    name: 'the lightest goes when all together hold too much',
    file: TOTAL,
    find: 'return ofA === ofB ? a.bytes > b.bytes : ofA > ofB',
    replace: 'return ofA === ofB ? a.bytes > b.bytes : ofA < ofB',
  },
  {
    name: 'calls and results have no limit',
    file: OUTBOX,
    find: 'if (MAY_REFUSE.has(kind) && ',
    replace: 'if (false && ',
  },
  {
    name: 'calls are refused although little waits',
    file: OUTBOX,
    find: 'return waiting === 0 || waiting + message.byteLength <= this.#limits.hard',
    replace: 'return waiting === 0 || waiting + message.byteLength <= this.#limits.hard / 2',
  },
  {
    name: 'calls are refused for what else waits',
    file: OUTBOX,
    find: 'const waiting = this.#queue?.bytesBeside(share) ?? 0',
    replace: 'const waiting = this.#queue?.bytes ?? 0',
  },
  {
    name: 'what is beyond the limit is dropped in silence',
    file: OUTBOX,
    find: "    this.overflow('queue')\n    return 'closed'",
    replace: "    return 'closed'",
  },
  {
    name: 'a message overtakes those that wait',
    file: OUTBOX,
    find: 'if (this.#queue === undefined && this.#sink.isWritable && !this.#isOverflown) {',
    replace: 'if (this.#sink.isWritable && !this.#isOverflown) {',
  },
  {
    name: 'all queues together have no limit',
    file: OUTBOX,
    find: 'this.#total.relieve()\n    return this.#isOverflown',
    replace: 'return this.#isOverflown',
  },
  { name: 'who takes nothing is never given up', file: OUTBOX, find: "    else this.overflow('stall')", replace: '' },
  {
    name: 'a slow consumer is not told why',
    file: CONNECTION,
    find: "this.#end(tooSlow(cause), 'policy', cause)",
    replace: "this.#end(undefined, 'policy', cause)",
  },
  {
    name: 'a closing connection that takes nothing stays for ever',
    file: PEER,
    find: 'else this.#transport.destroy()\n    })',
    replace: '\n    })',
  },
  {
    name: 'a session is replaced by that of another principal',
    file: REALM,
    find: 'if (session === undefined || session.isInternal || !isSamePrincipal(session.identity, successor)) return',
    replace: 'if (session === undefined || session.isInternal) return',
  },
  {
    name: 'a session is replaced by one of another role',
    file: REALM,
    find: 'a.authid === b.authid && a.authrole === b.authrole',
    replace: 'a.authid === b.authid',
  },
  {
    name: 'no session is replaced',
    file: CONNECTION,
    find: 'if (request.replaces !== undefined) realm.replace(request.replaces, identity)',
    replace: '',
  },
]
