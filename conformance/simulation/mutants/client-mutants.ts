// Faults in the client that connects again by itself: what it restores, repeats, promises and leaves behind.

import { becomes, comesAfterNext, isDropped, isFalse, isTrue } from '../../mutation/faults.ts'
import { argument, assigned, condition, expression, initial, property, returned, statement } from '../../mutation/marks.ts'
import type { Mutant } from '../../mutation/placing.ts'
import { faultsIn } from './mutant.ts'

export const CLIENT_MUTANTS: readonly Mutant[] = [
  ...faultsIn('client', 'Client.#opened', {
    'declarations are restored in reverse order': [expression('this.#declarations'), becomes('[...$&].reverse()')],
    'what waits goes out before the declarations': [statement('this.#declarations'), comesAfterNext],
    'a session that ended at once counts as the one to be replaced': [statement('session.isOpen'), isDropped],
  }),
  ...faultsIn('client', 'SubscriptionDeclaration.request', {
    'a subscription comes back without its options': [argument(3, 'subscribe'), isDropped],
    'events reach a handler that was taken away': [condition("this.state.status === 'withdrawn'"), isFalse],
  }),
  ...faultsIn('client', 'RegistrationDeclaration.request', {
    'a registration comes back without its options': [argument(3, 'register'), isDropped],
  }),
  ...faultsIn('client', 'Declaration.#withdraw', {
    'what was withdrawn comes back': [statement('this.#owner.forget(this)'), isDropped],
  }),
  ...faultsIn('client', 'Declaration.#takeBackLater', {
    'what was withdrawn before the answer stays at the router': [statement('takeBack?.()'), isDropped],
  }),
  ...faultsIn('client', 'Declaration.#failed', {
    'what the router refused counts as active': [assigned('this.#state'), becomes("{ status: 'active', id: 1 }")],
    'what was refused for a while is not asked for again': [initial('until'), becomes('undefined')],
    'what was refused for good is asked for again': [condition('mayPass'), isTrue],
  }),
  ...faultsIn('client', 'Declaration.#askLater', {
    'what was refused is asked for again later than the backoff says': [argument(2, 'setTimer'), becomes('$& + 5000')],
  }),
  ...faultsIn('client', 'Client.#request', {
    'a call that was lost is repeated': [
      returned('send(session)'),
      becomes(`$&.catch((error: { code?: string }) => {
      if (error.code === 'TL_DISCONNECTED') return this.#request(policy, send, signal)
      throw error
    })`),
    ],
  }),
  ...faultsIn('client', 'PendingRequests.close', {
    'a lost call says that it did not run': [argument(1, 'DisconnectedError'), isFalse],
  }),
  ...faultsIn('client', 'notSent', {
    'a call that was not sent says that it may have run': [argument(1, 'DisconnectedError'), isTrue],
  }),
  ...faultsIn('client', 'WaitingRequests.add', {
    'what waits has no limit of time': [condition("policy !== 'wait'"), isFalse],
    'what should fail at once waits': [condition("policy === 'fail'"), becomes("policy === 'fail' && (policy = 'wait'), isFull")],
  }),
  ...faultsIn('client', 'WaitingRequests.#takeAll', {
    'what waited goes out in every session': [statement('this.#waiting.clear()'), isDropped],
    'the last request to wait goes out first': [initial('all'), becomes('$&.reverse()')],
  }),
  ...faultsIn('client', 'Client.#stopped', {
    'what waits when the client is stopped never ends': [statement('this.#waiting.rejectAll(error)'), isDropped],
  }),
  ...faultsIn('client', 'Client.constructor', {
    'the router is not told which session is replaced': [property('replaces'), becomes('undefined')],
  }),
  ...faultsIn('client', 'Reconnection.#wait', {
    'a client that is stopped connects again': [statement('cancelTimer()'), isDropped],
    'a client that connects still listens for when it may': [statement('cancelWake()'), isDropped],
    'the first waiting is as long as the last may be': [initial('delayMs'), becomes('Math.round(random() * backoff.maxMs)')],
  }),
  ...faultsIn('client', 'Reconnection.#failed', {
    'the waiting does not grow with the attempts': [statement('this.#attempt++'), isDropped],
  }),
  ...faultsIn('client', 'Reconnection.#lost', {
    'every session lets the attempts count anew': [assigned('this.#attempt'), becomes('1')],
  }),
  ...faultsIn('client', 'UrlsInTurn.#take', {
    'the next router is never tried': [expression('list[turn % list.length]'), becomes('list[0]')],
  }),
  ...faultsIn('client', 'Reconnection.#connect', {
    'an attempt goes on after the stop': [statement('opening.abort'), isDropped],
  }),
]
