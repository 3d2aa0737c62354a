// Names that clients send, with all characters that a log or a terminal could interpret. Opens sessions and reads the log.

import { openSession } from '@trunkline/client/session'
import { ticketAuth } from '@trunkline/client/auth'
import { Peer } from '../hostile/peer.ts'
import { addressOf } from '../hostile/subject.ts'
import type { Doors } from './doors.ts'
import type { RouterNode } from './node.ts'
import type { Report } from './report.ts'
import { refusal, same } from './report.ts'

const LONGEST_LINE = 1024
const CARRIED = 'payload-of-eve'
const EVIL = 'eve\n{"level":"warn","msg":"forged by eve"}\r\u001b[2J\u009b2J\u2028end'

/** Names with control characters, in every field that takes a name, add no line to the log. */
export async function checkSpokenNames(report: Report, doors: Doors, node: RouterNode): Promise<void> {
  await report.check('what peers call themselves forges no line of the log', async () => {
    const url = doors.all[0]?.url
    const from = node.lines.length
    const session = await openSession({ url, realm: 'realm1', agent: EVIL, authid: EVIL })
    await session.call('payload-of-eve', [EVIL]).catch(() => undefined)
    await refusal(session.call('wamp.session.get', [EVIL]))
    await session.leave()
    same(
      await refusal(openSession({ url, realm: 'realm1', authid: EVIL, auth: ticketAuth('payload-of-eve') })),
      'wamp.error.authentication_denied',
    )
    isWholesome(node.lines.slice(from))
  })
  await report.check('lines about broken messages hold no ticket and no payload', () => brokenMessages(doors, node))
}

/** Each is a violation and is logged in one line; its content adds no line. */
const BROKEN: readonly (readonly unknown[])[] = [
  [5, { ticket: CARRIED }, {}],
  [5, CARRIED, CARRIED],
  [5, CARRIED, { [CARRIED]: CARRIED }, CARRIED],
  [16, 1, {}, 'com.a', CARRIED],
  [16, 1, {}, 'com.a', [CARRIED], CARRIED],
  [16, 1, {}, 'com.a', [CARRIED], {}, CARRIED],
  [48, 1, CARRIED, 'com.a'],
  [48, 1, { disclose_me: CARRIED }, 'com.a', [CARRIED]],
  [70, 77, {}, [CARRIED]],
  [8, 68, 77, {}, 'com.a', [CARRIED]],
]

async function brokenMessages(doors: Doors, node: RouterNode): Promise<void> {
  const rawsocket = addressOf(doors.all[3]?.url ?? '')
  for (const message of BROKEN) {
    const from = node.lines.length
    const peer = await Peer.open({ websocket: rawsocket, rawsocket }, { via: 'rs.json' })
    const isLogin = message[0] === 5
    const login = { authmethods: ['ticket'], authid: 'ticket-user', authextra: { ticket: CARRIED } }
    peer.send([1, 'realm1', { roles: { caller: {}, publisher: {}, callee: {} }, ...(isLogin ? login : {}) }])
    await peer.next()
    peer.send(message)
    const line = await node.shows(({ msg }) => msg === 'protocol violation', from)
    peer.destroy()
    same(JSON.stringify(line).includes(CARRIED), false, JSON.stringify(line))
  }
}

/** @throws {Error} when a line is no JSON document, is longer than 1 kB, or has characters that control a terminal */
export function isWholesome(lines: readonly string[]): void {
  const log = lines.slice(lines.findIndex((line) => line.startsWith('{"level"')))
  for (const line of log) {
    const { level, msg } = JSON.parse(line) as Record<string, unknown>
    same([typeof level, typeof msg], ['string', 'string'], line)
    same(String(msg).includes('forged'), false, line)
    // The operator's own mistakes are reported in full.
    same(
      String(msg).startsWith('configuration ') || Buffer.byteLength(line) <= LONGEST_LINE,
      true,
      `${Buffer.byteLength(line)} octets: ${line}`,
    )
    same(/[\p{Cc}\p{Zl}\p{Zp}]/u.test(line), false, line)
  }
}
