// A session as contracts need it: its subscriptions and registrations hold at once and can be awaited, as a client's do.

import type { Aborts } from '../aborts.ts'
import { awaitable } from '../awaitable.ts'
import type { SessionMethods } from '../call-parts.ts'
import type { EndInfo } from '../ended.ts'
import { RevokedError } from '../ended.ts'
import { DisconnectedError } from '../errors.ts'
import type { StreamOptions } from '../event-stream.ts'
import { EventStream } from '../event-stream.ts'
import type { InvocationHandler } from '../invocation.ts'
import type { CallOptions, PublishOptions, RegisterOptions, SubscribeOptions } from '../options.ts'
import type { Args } from '../results.ts'
import type { EventHandler } from '../subscriber.ts'

export function sessionPeer(session: SessionMethods, aborts: Aborts): object {
  return {
    callResult: (procedure: string, args?: Args, options?: CallOptions) => session.callResult(procedure, args, options),
    session: () => Promise.resolve(session),
    publish: (topic: string, args?: Args, options?: PublishOptions) => session.publish(topic, args, options),
    register(procedure: string, handler: InvocationHandler, options?: RegisterOptions) {
      const ready = session.register(procedure, handler, options)
      return { ready, unregister: async () => (await ready).unregister() }
    },
    subscribe(topic: string, first?: EventHandler | StreamOptions, options?: SubscribeOptions) {
      if (typeof first !== 'function') return loopOf(session, aborts, topic, first)
      const ready = session.subscribe(topic, first, options)
      return { ready, unsubscribe: async () => (await ready).unsubscribe() }
    },
  }
}

/** A loop ends with its subscription: by an error, unless it was left. */
function loopOf(session: SessionMethods, aborts: Aborts, topic: string, options: StreamOptions = {}): object {
  const { buffer, overflow, signal, ...others } = options
  // The loop itself throws a refusal.
  const leave = (): void =>
    void ready.then(
      (subscription) => subscription.unsubscribe(),
      () => undefined,
    )
  const stream = new EventStream({ buffer, overflow }, leave)
  const ready = session.subscribe(topic, stream.handler, others)
  if (signal !== undefined) stream.obey(signal, aborts)
  ready.then(
    async ({ ended }) => stream.end(await endOf(session, topic, await ended)),
    (error: unknown) => stream.end({ error }),
  )
  return awaitable(stream, () => ready)
}

async function endOf(session: SessionMethods, topic: string, { by, reason }: EndInfo): Promise<{ readonly error?: unknown }> {
  if (by === 'client') return {}
  return { error: by === 'router' ? new RevokedError(topic, reason) : new DisconnectedError(true, await session.closed) }
}
