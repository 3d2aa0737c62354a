// Faults in the client that comes back by itself: what it restores, repeats, promises and leaves behind.

import type { Mutant } from './mutant.ts'

const CLIENT = 'client/reconnecting/client.ts'
const RECONNECTION = 'client/reconnecting/reconnection.ts'
const DECLARATION = 'client/reconnecting/declaration.ts'
const DECLARED = 'client/reconnecting/declared.ts'
const AWAY = 'client/reconnecting/away.ts'

export const CLIENT_MUTANTS: readonly Mutant[] = [
  {
    name: 'declarations are restored in reverse order',
    file: CLIENT,
    find: 'for (const declaration of this.#declarations) declaration.restore(session)',
    replace: 'for (const declaration of [...this.#declarations].reverse()) declaration.restore(session)',
  },
  {
    name: 'what waits goes out before the declarations',
    file: CLIENT,
    find: 'for (const declaration of this.#declarations) declaration.restore(session)\n    this.#waiting.sendAll(session)',
    replace: 'this.#waiting.sendAll(session)\n    for (const declaration of this.#declarations) declaration.restore(session)',
  },
  {
    name: 'a subscription comes back without its options',
    file: DECLARED,
    find: 'await session.subscribe(this.topic, onEvent, this.options)',
    replace: 'await session.subscribe(this.topic, onEvent)',
  },
  {
    name: 'a registration comes back without its options',
    file: DECLARED,
    find: 'await session.register(this.procedure, this.handler, this.options)',
    replace: 'await session.register(this.procedure, this.handler)',
  },
  {
    name: 'what was withdrawn comes back',
    file: DECLARATION,
    find: 'this.#owner.forget(this)',
    replace: '',
  },
  {
    name: 'what was withdrawn before the answer stays at the router',
    file: DECLARATION,
    find: 'await takeBack?.()',
    replace: '',
  },
  {
    name: 'events reach a handler that was taken away',
    file: DECLARED,
    find: "(this.state.status === 'withdrawn' ? undefined : this.handler(event))",
    replace: 'this.handler(event)',
  },
  {
    name: 'a session that ended at once counts as the one to be replaced',
    file: CLIENT,
    find: 'if (!session.isOpen) return\n',
    replace: '',
  },
  {
    name: 'what the router refused counts as active',
    file: DECLARATION,
    find: "this.#state = { status: 'refused', attempt: this.#attempt, error, until }",
    replace: "this.#state = { status: 'active', id: 1 }",
  },
  {
    name: 'what was refused for a while is not asked for again',
    file: DECLARATION,
    find: 'mayPass(error, this.isForcing) ? this.#askLater(session, error) : undefined',
    replace: 'undefined',
  },
  {
    name: 'what was refused for good is asked for again',
    file: DECLARATION,
    find: 'mayPass(error, this.isForcing) ?',
    replace: 'true ?',
  },
  {
    name: 'what was refused is asked for again later than the backoff says',
    file: DECLARATION,
    find: 'this.#cancelTimer = pace.clock.setTimer(again, delayMs)',
    replace: 'this.#cancelTimer = pace.clock.setTimer(again, delayMs + 5000)',
  },
  {
    name: 'a call that was lost is repeated',
    file: CLIENT,
    find: 'if (session !== undefined) return send(session)',
    replace: `if (session !== undefined) return send(session).catch((error: { code?: string }) => {
      if (error.code === 'TL_DISCONNECTED') return this.#request(policy, send, signal)
      throw error
    })`,
  },
  {
    name: 'a lost call says that it did not run',
    file: 'client/pending.ts',
    find: 'pending.reject(new DisconnectedError(true, info))',
    replace: 'pending.reject(new DisconnectedError(false, info))',
  },
  {
    name: 'a call that was not sent says that it may have run',
    file: AWAY,
    find: 'return new DisconnectedError(false, info, { cause })',
    replace: 'return new DisconnectedError(true, info, { cause })',
  },
  {
    name: 'what waits has no limit of time',
    file: AWAY,
    find: "if (policy !== 'wait') {",
    replace: 'if (false) {',
  },
  {
    name: 'what should fail at once waits',
    file: AWAY,
    find: "if (policy === 'fail' || isFull) {",
    replace: "if (policy === 'fail') policy = 'wait'\n    if (isFull) {",
  },
  {
    name: 'what waited goes out in every session',
    file: AWAY,
    find: 'const all = [...this.#waiting]\n    this.#waiting.clear()',
    replace: 'const all = [...this.#waiting]',
  },
  {
    name: 'the last request to wait goes out first',
    file: AWAY,
    find: 'const all = [...this.#waiting]',
    replace: 'const all = [...this.#waiting].reverse()',
  },
  {
    name: 'what waits when the client is stopped never ends',
    file: CLIENT,
    find: 'this.#waiting.rejectAll(error)',
    replace: '',
  },
  {
    name: 'the router is not told which session is replaced',
    file: CLIENT,
    find: 'replaces: this.#lastSession }',
    replace: 'replaces: undefined }',
  },
  {
    name: 'a client that is stopped connects again',
    file: RECONNECTION,
    find: 'cancelTimer()\n      cancelWake()',
    replace: 'cancelWake()',
  },
  {
    name: 'a client that connects still listens for when it may',
    file: RECONNECTION,
    find: 'cancelTimer()\n      cancelWake()',
    replace: 'cancelTimer()',
  },
  {
    name: 'the waiting does not grow with the attempts',
    file: RECONNECTION,
    find: 'this.#attempt++\n    this.#wait(cause)',
    replace: 'this.#wait(cause)',
  },
  {
    name: 'the first waiting is as long as the last may be',
    file: RECONNECTION,
    find: 'Math.round(random() * this.#bound)',
    replace: 'Math.round(random() * backoff.maxMs)',
  },
  {
    name: 'every session lets the attempts count anew',
    file: RECONNECTION,
    find: 'this.#attempt = hasLasted ? 1 : this.#attempt + 1',
    replace: 'this.#attempt = 1',
  },
  {
    name: 'the next router is never tried',
    file: 'client/reconnecting/urls.ts',
    find: 'list[turn % list.length]',
    replace: 'list[0]',
  },
  {
    name: 'an attempt goes on after the stop',
    file: RECONNECTION,
    find: "opening.abort(new ConnectError('TL_CONNECT_FAILED', 'the client was stopped'))",
    replace: '',
  },
]
