// Whether a message of a session may go on while earlier publications of it are on their way to the store. Changes nothing.

import type { Message } from '@trunkline/protocol'
import { PUBLISH } from '@trunkline/protocol'
import type { Broker } from './pubsub/broker.ts'
import type { Judge } from './rights/judge.ts'
import type { RealmSettings } from './ports/settings.ts'
import type { Session } from './state/session.ts'

/** What it looks at. */
interface Realm {
  readonly broker: Pick<Broker, 'durable'>
  readonly judge: Judge
  readonly settings: RealmSettings
}

/** A publication to a durable topic follows the others: the store answers in order. An authorizer must not have to be asked about it. */
export function mayFollow({ broker, judge, settings }: Realm, session: Session, message: Message): boolean {
  if (message.type !== PUBLISH || message.topic.length > settings.limits.uriLength) return false
  return broker.durable.logOf(message.topic) !== undefined && judge.known(session, 'publish', message.topic, 'exact') !== undefined
}
