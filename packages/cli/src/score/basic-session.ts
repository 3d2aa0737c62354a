// Checks of sessions and of what a router does about wrong messages.

import {
  ABORT,
  CHALLENGE,
  ERROR,
  EVENT,
  GOODBYE,
  HELLO,
  PUBLISH,
  REGISTER,
  REGISTERED,
  SUBSCRIBE,
  SUBSCRIBED,
  WELCOME,
  YIELD,
} from '@trunkline/protocol'
import type { Check, Stage } from './check.ts'
import type { Peer } from './peer.ts'
import { expectSame, expectThat, expectType } from './peer.ts'
import { CLIENT_ROLES } from './roles.ts'

const PROTOCOL_VIOLATION = 'wamp.error.protocol_violation'
const LARGEST_ID = 2 ** 53

export const SESSIONS: readonly Check[] = [
  {
    ids: ['BP-SES-03', 'BP-MSG-17', 'BP-ID-01'],
    title: 'answers HELLO by WELCOME with an id and details',
    run: async (stage) => {
      const { session, details } = await stage.join()
      expectThat(Number.isInteger(session) && session >= 1 && session <= LARGEST_ID, `the session has the id ${session}`)
      expectThat(typeof details === 'object', 'WELCOME has no details')
    },
  },
  {
    ids: ['BP-SES-07'],
    title: 'announces the roles broker or dealer',
    run: async (stage) => {
      const roles = Object.keys(Object((await stage.join()).details['roles']))
      expectThat(roles.includes('broker') || roles.includes('dealer'), `WELCOME announces ${roles.join(', ') || 'no roles'}`)
    },
  },
  {
    ids: ['BP-ID-02'],
    title: 'draws ids of sessions at random',
    run: async (stage) => {
      const ids = (await stage.joinMany(4)).map(({ session }) => session)
      expectThat(new Set(ids).size === ids.length, `two sessions have the same id: ${ids.join(', ')}`)
      expectThat(Math.max(...ids) - Math.min(...ids) > 2 ** 32, `the ids are close together: ${ids.join(', ')}`)
    },
  },
  {
    ids: ['BP-SES-10', 'BP-ERR-04'],
    title: 'makes an unknown realm or refuses it by no_such_realm',
    run: async (stage) => {
      const peer = await stage.connect()
      peer.send(HELLO, stage.uri('realm'), { roles: CLIENT_ROLES })
      const answer = (await peer.next()) ?? []
      if (answer[0] === WELCOME || answer[0] === CHALLENGE) return
      expectSame(expectType(answer, ABORT)[2], 'wamp.error.no_such_realm', 'the reason')
    },
  },
  {
    ids: ['BP-SES-06'],
    title: 'refuses a HELLO without roles',
    weight: 'open',
    run: async (stage) => {
      const peer = await stage.connect()
      peer.send(HELLO, stage.options.realm, {})
      expectType((await peer.next()) ?? [ABORT], ABORT)
    },
  },
  {
    ids: ['BP-SES-15', 'BP-SES-18'],
    title: 'answers GOODBYE by one GOODBYE, and sends nothing after it',
    run: async (stage) => {
      const peer = await stage.join()
      peer.send(GOODBYE, {}, 'wamp.close.close_realm')
      await peer.message(GOODBYE)
      peer.cut()
      expectSame(peer.rest, [], 'what came besides')
    },
  },
  {
    ids: ['BP-MSG-06'],
    title: 'ignores options that it does not know',
    run: async (stage) => {
      const peer = await stage.join()
      await peer.granted(SUBSCRIBED, SUBSCRIBE, { _unknown_to_all: [1], x_unknown: 'yes' }, stage.uri())
    },
  },
  {
    ids: ['BP-SES-22'],
    title: 'removes registrations of a session that leaves, and of one whose connection breaks',
    run: async (stage) => {
      const [uri, next] = [stage.uri(), await stage.join()]
      const leaving = await stage.join()
      await leaving.granted(REGISTERED, REGISTER, {}, uri)
      leaving.send(GOODBYE, {}, 'wamp.close.close_realm')
      await leaving.message(GOODBYE)
      await untilRegistered(next, uri)
      next.cut()
      await untilRegistered(await stage.join(), uri)
    },
  },
]

/** A router may need a moment to notice that a connection is gone. */
async function untilRegistered(peer: Peer, uri: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const answer = await peer.request(REGISTER, {}, uri)
    if (answer[0] === REGISTERED) return
    if (attempt === 20) expectType(answer, REGISTERED)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Expects that a wrong message ends the session: by ABORT, or at least by the end of the connection. */
function ends(ids: readonly string[], title: string, wrong: (peer: Peer, stage: Stage) => void, more: Partial<Check> = {}): Check {
  return {
    ids,
    title,
    ...more,
    run: async (stage) => {
      const peer = await stage.join()
      wrong(peer, stage)
      const answer = await peer.next()
      if (answer !== undefined) expectType(answer, ABORT)
    },
  }
}

export const VIOLATIONS: readonly Check[] = [
  {
    ids: ['BP-PERR-01', 'BP-SES-13'],
    title: 'ends a session that breaks the protocol by ABORT protocol_violation',
    run: async (stage) => {
      const peer = await stage.join()
      peer.send(HELLO, stage.options.realm, { roles: CLIENT_ROLES })
      expectSame((await peer.message(ABORT))[2], PROTOCOL_VIOLATION, 'the reason')
    },
  },
  {
    ids: ['BP-PERR-03'],
    title: 'closes the connection after that',
    weight: 'advised',
    run: async (stage) => {
      const peer = await stage.join()
      peer.send(HELLO, stage.options.realm, { roles: CLIENT_ROLES })
      await peer.closed()
    },
  },
  ends(['BP-PERR-05'], 'takes no HELLO in an open session', (peer, stage) =>
    peer.send(HELLO, stage.options.realm, { roles: CLIENT_ROLES }),
  ),
  ends(['BP-PERR-17'], 'takes no message of an unknown type', (peer) => peer.send(1023)),
  ends(['BP-PERR-17', 'BP-MSG-01'], 'takes no empty list', (peer) => peer.send()),
  ends(['BP-PERR-17'], 'takes no message with too few elements', (peer) => peer.send(SUBSCRIBE, 1, {})),
  ends(['BP-PERR-17', 'BP-MSG-07'], 'takes no element of a wrong type', (peer) => peer.send(SUBSCRIBE, 1, [], 'com.example.x')),
  ends(['BP-PERR-18'], 'takes no octets that are no message', (peer) => peer.sendOctets(Buffer.from([0x7b, 0x80, 0xff]))),
  ends(['BP-PERR-15'], 'takes no YIELD of an invocation that it never sent', (peer) => peer.send(YIELD, 77, {})),
  ends(['BP-PERR-09'], 'takes no ERROR but of an invocation', (peer) => peer.send(ERROR, SUBSCRIBE, 1, {}, 'com.example.error')),
  ends(['BP-PERR-20'], 'takes no message that only routers send', (peer) => peer.send(EVENT, 1, 1, {}), { weight: 'open' }),
  ends(
    ['BP-PERR-22', 'BP-MSG-02'],
    'takes no number in place of a bool',
    (peer, stage) => peer.send(PUBLISH, 1, { acknowledge: 1 }, stage.uri()),
    { weight: 'open' },
  ),
  {
    ids: ['BP-PERR-19'],
    title: 'takes nothing but HELLO before a session',
    weight: 'open',
    run: async (stage) => {
      const peer = await stage.connect()
      peer.send(SUBSCRIBE, 1, {}, stage.uri())
      const answer = await peer.next()
      if (answer !== undefined) expectType(answer, ABORT)
    },
  },
  {
    ids: ['BP-PERR-02'],
    title: 'removes what a session had that breaks the protocol',
    run: async (stage) => {
      const [uri, peer, next] = [stage.uri(), await stage.join(), await stage.join()]
      await peer.granted(REGISTERED, REGISTER, {}, uri)
      peer.send(HELLO, stage.options.realm, { roles: CLIENT_ROLES })
      await untilRegistered(next, uri)
    },
  },
]
