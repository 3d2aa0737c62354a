// Programs as the documentation of autobahn-js has them, each with what it prints. They run with autobahn-js and with
// `@trunkline/client/autobahn`.

import type * as api from '@trunkline/client/autobahn'

export type Autobahn = typeof api
export interface Program {
  readonly what: string
  /** Calls `done` when it is through. */
  readonly run: (autobahn: Autobahn, url: string, print: (...values: unknown[]) => void, done: () => void) => void
  readonly prints: readonly unknown[][]
}

const REALM = 'realm1'

/** A program that does something in one session and closes. */
function inSession(
  what: string,
  prints: Program['prints'],
  onopen: (session: api.Session, print: (...values: unknown[]) => void, autobahn: Autobahn) => Promise<unknown>,
): Program {
  return {
    what,
    prints,
    run(autobahn, url, print, done) {
      const connection = new autobahn.Connection({ url, realm: REALM })
      connection.onopen = async (session) => {
        await onopen(session, print, autobahn)
        connection.close()
      }
      connection.onclose = () => done()
      connection.open()
    },
  }
}

export const PROGRAMS: readonly Program[] = [
  inSession('calls what it registered', [[5], [null]], async (session, print) => {
    const add2 = (args: readonly unknown[]): number => Number(args[0]) + Number(args[1])
    const registration = await session.register('com.example.add2', add2)
    print(await session.call('com.example.add2', [2, 3]))
    await session.register('com.example.ping', () => {})
    print(await session.call('com.example.ping'))
    await registration.unregister()
  }),

  {
    what: 'is told why a connection closed',
    prints: [
      [true, 'number', 'string'],
      ['com.example.bye', false],
    ],
    run(autobahn, url, print, done) {
      const connection = new autobahn.Connection({ transports: [{ type: 'websocket', url }], realm: REALM })
      connection.onopen = (session, details) => {
        print(connection.isOpen && connection.session === session && session.realm === REALM, typeof session.id, typeof details['authrole'])
        connection.close('com.example.bye', 'Good bye')
      }
      connection.onclose = (_reason, { reason: uri, will_retry: willRetry }) => {
        // The answer to a GOODBYE has a reason of its own. autobahn-js calls a connection lost that was not closed by both sides in time.
        print(uri === 'wamp.close.goodbye_and_out' || uri === 'com.example.bye' ? 'com.example.bye' : uri, willRetry)
        done()
      }
      connection.open()
    },
  },

  inSession('publishes to itself', [[[1, 'two'], { three: 3 }, 'com.example.topic', true], ['number'], [true]], async (session, print) => {
    const heard = new Promise((resolve) => {
      void session.subscribe('com.example.topic', (args, kwargs, details) => {
        print(args, kwargs, details.topic, typeof details.publication === 'number')
        resolve(undefined)
      })
    })
    // Behind the SUBSCRIBE.
    const publication = await session.publish('com.example.topic', [1, 'two'], { three: 3 }, { acknowledge: true, exclude_me: false })
    await heard
    print(typeof publication?.id)
    const again = await session.subscribe('com.example.topic', () => {})
    print(again.active && again.topic === 'com.example.topic')
  }),

  inSession(
    'gets several values as a Result',
    [
      [true, [1, 2], { unit: 'm' }],
      [true, [], { sum: 3 }],
    ],
    async (session, print, { Result }) => {
      await session.register('com.example.split', () => new Result([1, 2], { unit: 'm' }))
      await session.register('com.example.sum', (_, kwargs) => new Result([], { sum: Number(kwargs['a']) + Number(kwargs['b']) }))
      const split = await session.call<api.Result>('com.example.split')
      print(split instanceof Result, split.args, split.kwargs)
      const sum = await session.call<api.Result>('com.example.sum', [], { a: 1, b: 2 })
      print(sum instanceof Result, sum.args, sum.kwargs)
    },
  ),

  inSession(
    'throws errors and catches them',
    [
      [true, 'com.example.error.too_small', ['at least', 10], { given: 3 }],
      ['wamp.error.no_such_procedure'],
      ['wamp.error.runtime_error', ['only a text']],
    ],
    async (session, print, autobahn) => {
      await session.register('com.example.check', ([number]) => {
        if (Number(number) < 10) throw new autobahn.Error('com.example.error.too_small', ['at least', 10], { given: number })
        return Promise.reject('only a text')
      })
      await session.call('com.example.check', [3]).then(
        () => print('not refused'),
        (error) => print(error instanceof autobahn.Error, error.error, error.args, error.kwargs),
      )
      await session.call('com.example.missing').catch((error: api.Error) => print(error.error))
      await session.call('com.example.check', [30]).catch((error: api.Error) => print(error.error, error.args))
    },
  ),

  inSession('sends progressive results', [[1], [2], ['done'], [false]], async (session, print) => {
    let isAsked = true
    await session.register('com.example.count', ([to], _, details) => {
      isAsked = details.progress !== null
      for (let i = 1; i <= Number(to); i++) details.progress?.([i])
      return 'done'
    })
    // oxlint-disable-next-line promise/valid-params -- the third function is that of autobahn-js
    await session.call('com.example.count', [2], {}, { receive_progress: true }).then(
      (result) => print(result),
      (error) => print(error),
      (progress) => print(progress),
    )
    await session.call('com.example.count', [2])
    print(isAsked)
  }),

  inSession('serves and hears patterns', [['com.example.files.readme'], ['com.example.door.opened', ['front']]], async (session, print) => {
    await session.register('com.example.files', (_, __, { procedure }) => procedure, { match: 'prefix' })
    print(await session.call('com.example.files.readme'))
    const heard = new Promise((resolve) => {
      void session.subscribe('com.example..opened', (args, _, { topic }) => resolve(print(topic, args)), { match: 'wildcard' })
    })
    await session.publish('com.example.door.opened', ['front'], {}, { acknowledge: true, exclude_me: false })
    await heard
  }),

  inSession('discloses who calls and publishes', [[true], [false], [true]], async (session, print) => {
    await session.register('com.example.who', (_, __, { caller }) => caller === session.id)
    print(await session.call('com.example.who', [], {}, { disclose_me: true }))
    print(await session.call('com.example.who'))
    session.publisher_disclose_me = true
    const heard = new Promise((resolve) => {
      void session.subscribe('com.example.topic', (_, __, { publisher }) => resolve(print(publisher === session.id)))
    })
    await session.publish('com.example.topic', [], {}, { acknowledge: true, exclude_me: false })
    await heard
  }),

  inSession(
    'takes subscriptions and registrations back',
    [[true], [1], [false], ['wamp.error.no_such_procedure']],
    async (session, print) => {
      const registration = await session.register('com.example.once', () => 1)
      const subscription = await session.subscribe('com.example.topic', () => print('not to be heard'))
      print(registration.active && subscription.active)
      print(session.registrations.length)
      await session.unregister(registration)
      await session.unsubscribe(subscription)
      await session.publish('com.example.topic', [], {}, { acknowledge: true, exclude_me: false })
      print(subscription.active)
      await session.call('com.example.once').catch((error: api.Error) => print(error.error))
    },
  ),

  inSession('shortens URIs by prefixes', [['com.example.a.b'], ['pear'], ['x:y']], async (session, print) => {
    session.prefix('api', 'com.example')
    print(session.resolve('api:a.b'))
    await session.register('api:echo', ([value]) => value)
    print(await session.call('com.example.echo', ['pear']))
    session.prefix('api', null)
    print(session.resolve('x:y'))
  }),

  {
    what: 'logs in by WAMP-CRA',
    prints: [
      ['wampcra', 'ann', 'clerk'],
      ['closed', 'wamp.error.authentication_denied', false],
    ],
    run(autobahn, url, print, done) {
      const connect = (password: string, onend: () => void): void => {
        const connection = new autobahn.Connection({
          url,
          realm: 'staff',
          authmethods: ['wampcra'],
          authid: 'ann',
          onchallenge: (_session, method, extra) => {
            if (method !== 'wampcra') throw new Error(method)
            const key = autobahn.auth_cra.derive_key(password, String(extra['salt']), Number(extra['iterations']), Number(extra['keylen']))
            return autobahn.auth_cra.sign(key, extra['challenge'])
          },
        })
        connection.onopen = (_, { authmethod, authid, authrole }) => {
          print(authmethod, authid, authrole)
          connection.close()
        }
        connection.onclose = (reason, { reason: uri, will_retry: willRetry }) => {
          if (password !== 'secret1') print(reason, uri, willRetry)
          onend()
        }
        connection.open()
      }
      connect('secret1', () => connect('a guess', done))
    },
  },

  {
    what: 'does not try again when it is told so',
    prints: [['unreachable', true, 1, false]],
    run(autobahn, _url, print, done) {
      // Nothing listens at the discard port.
      const connection = new autobahn.Connection({ url: 'ws://127.0.0.1:9/', realm: REALM, initial_retry_delay: 0.01 })
      connection.onclose = (reason, { will_retry: willRetry, retry_count: count }) => {
        // autobahn-js may say it twice.
        if (count === 1) print(reason, willRetry, count, connection.isOpen)
        done()
        return true
      }
      connection.open()
    },
  },
]
