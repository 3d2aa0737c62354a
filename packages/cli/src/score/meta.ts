// Checks of the meta API, each only where the router announces it and lets this session use it.

import { CALL, ERROR, EVENT, GOODBYE, RESULT, SUBSCRIBE } from '@trunkline/protocol'
import { registered } from './basic-calls.ts'
import { published, subscribed } from './basic-events.ts'
import type { Check, Stage } from './check.ts'
import type { List, Peer } from './peer.ts'
import { expectError, expectSame, expectThat, expectType } from './peer.ts'
import { NotApplicable } from './transports.ts'

/** The first positional result of a meta procedure. */
async function asked(peer: Peer, procedure: string, args: List = [], kwargs: object = {}): Promise<unknown> {
  const answer = await peer.request(CALL, {}, procedure, args, kwargs)
  if (answer[0] === ERROR && /not_authorized|authorization_failed/.test(String(answer[4]))) {
    throw new NotApplicable(`this session may not call ${procedure}`)
  }
  return (expectType(answer, RESULT)[3] as List | undefined)?.[0]
}

const SESSIONS: readonly Check[] = [
  {
    ids: ['AP-META-SES-05', 'AP-META-SES-06'],
    title: 'counts and lists sessions',
    needs: 'dealer.session_meta_api',
    run: async (stage) => {
      const peers = await stage.joinMany(2)
      const [peer] = peers as [Peer]
      const list = (await asked(peer, 'wamp.session.list')) as unknown[]
      expectThat(Array.isArray(list) && peers.every(({ session }) => list.includes(session)), 'wamp.session.list lacks a session')
      expectThat(Number(await asked(peer, 'wamp.session.count')) >= 2, 'wamp.session.count is less than 2')
    },
  },
  {
    ids: ['AP-META-SES-07', 'AP-META-SES-08'],
    title: 'tells of one session, and of none that there is not',
    needs: 'dealer.session_meta_api',
    run: async (stage) => {
      const peer = await stage.join()
      const details = (await asked(peer, 'wamp.session.get', [peer.session])) as Record<string, unknown>
      expectSame(details['session'], peer.session, 'the session')
      expectError(await peer.request(CALL, {}, 'wamp.session.get', [123_456_789]), 'wamp.error.no_such_session')
    },
  },
  {
    ids: ['AP-META-SES-03', 'AP-META-SES-04'],
    title: 'publishes who joins and leaves',
    needs: 'broker.session_meta_api',
    run: async (stage) => {
      const watcher = await stage.join()
      const joins = await watching(watcher, 'wamp.session.on_join')
      const leaves = await watching(watcher, 'wamp.session.on_leave')
      const peer = await stage.join()
      const isOf = (list: List, id: unknown): boolean => list[0] === EVENT && list[1] === id
      await watcher.take(
        (list) => isOf(list, joins) && Object((list[4] as List | undefined)?.[0])['session'] === peer.session,
        'wamp.session.on_join of the session',
      )
      peer.send(GOODBYE, {}, 'wamp.close.close_realm')
      await watcher.take((list) => isOf(list, leaves) && (list[4] as List | undefined)?.[0] === peer.session, 'wamp.session.on_leave of it')
    },
  },
]

async function watching(peer: Peer, topic: string): Promise<unknown> {
  const answer = await peer.request(SUBSCRIBE, {}, topic)
  if (answer[0] === ERROR) throw new NotApplicable(`this session may not subscribe to ${topic}`)
  return answer[2]
}

/** lookup, match, get and the counting of one kind of thing. */
function lookups(
  kind: 'registration' | 'subscription',
  ids: string,
  needs: string,
  make: (peer: Peer, uri: string) => Promise<unknown>,
): Check[] {
  const members = kind === 'registration' ? 'callees' : 'subscribers'
  const at = (name: string): string => `wamp.${kind}.${name}`
  const [list, lookup, match, get, all, count, none] = ids.split(' ')
  const pairOf = async (stage: Stage): Promise<{ peer: Peer; uri: string; id: unknown }> => {
    const [peer, uri] = [await stage.join(), stage.uri()]
    return { peer, uri, id: await make(peer, uri) }
  }
  return [
    {
      ids: [list ?? '', lookup ?? '', match ?? ''],
      title: `lists ${kind}s, and finds them by URI`,
      needs,
      run: async (stage) => {
        const { peer, uri, id } = await pairOf(stage)
        const { exact } = (await asked(peer, at('list'))) as { readonly exact: readonly unknown[] }
        expectThat(exact.includes(id), `${at('list')} lacks it`)
        expectSame(
          [await asked(peer, at('lookup'), [uri]), (await asked(peer, at('lookup'), [stage.uri()])) ?? null],
          [id, null],
          at('lookup'),
        )
        const matched = await asked(peer, at('match'), [uri])
        expectSame(Array.isArray(matched) ? matched : [matched], [id], at('match'))
      },
    },
    {
      ids: [get ?? '', all ?? '', count ?? '', none ?? ''],
      title: `tells of one ${kind} and of its ${members}`,
      needs,
      run: async (stage) => {
        const { peer, uri, id } = await pairOf(stage)
        const { id: found, uri: named, match: policy } = (await asked(peer, at('get'), [id])) as Record<string, unknown>
        expectSame([found, named, policy], [id, uri, 'exact'], at('get'))
        expectSame(await asked(peer, at(`list_${members}`), [id]), [peer.session], at(`list_${members}`))
        expectSame(await asked(peer, at(`count_${members}`), [id]), 1, at(`count_${members}`))
        expectError(await peer.request(CALL, {}, at('get'), [123_456_789]), `wamp.error.no_such_${kind}`)
      },
    },
  ]
}

const TESTAMENT: readonly Check[] = [
  {
    ids: ['AP-PS-TES-02', 'AP-PS-TES-10'],
    title: 'publishes the testament of a session that ends',
    needs: 'dealer.testament_meta_api',
    run: async (stage) => {
      const [dying, heir] = (await stage.joinMany(2)) as [Peer, Peer]
      const uri = stage.uri()
      await subscribed(heir, uri)
      await asked(dying, 'wamp.session.add_testament', [uri, ['gone'], {}])
      dying.cut()
      expectSame((await heir.message(EVENT))[4], ['gone'], 'the arguments')
    },
  },
  {
    ids: ['AP-PS-TES-06'],
    title: 'publishes none that was flushed',
    needs: 'dealer.testament_meta_api',
    run: async (stage) => {
      const [dying, heir, publisher] = (await stage.joinMany(3)) as [Peer, Peer, Peer]
      const uri = stage.uri()
      await subscribed(heir, uri)
      await asked(dying, 'wamp.session.add_testament', [uri, ['gone'], {}])
      await asked(dying, 'wamp.session.flush_testaments')
      dying.send(GOODBYE, {}, 'wamp.close.close_realm')
      await dying.message(GOODBYE)
      await published(publisher, uri, {}, ['first'])
      expectSame((await heir.message(EVENT))[4], ['first'], 'the first event')
    },
  },
]

export const META: readonly Check[] = [
  ...SESSIONS,
  ...lookups(
    'registration',
    'AP-META-REG-10 AP-META-REG-11 AP-META-REG-12 AP-META-REG-13 AP-META-REG-14 AP-META-REG-15 AP-META-REG-16',
    'dealer.registration_meta_api',
    registered,
  ),
  ...lookups(
    'subscription',
    'AP-META-SUB-08 AP-META-SUB-09 AP-META-SUB-10 AP-META-SUB-11 AP-META-SUB-12 AP-META-SUB-13 AP-META-SUB-14',
    'broker.subscription_meta_api',
    subscribed,
  ),
  ...TESTAMENT,
]
