// Publications that name very many receivers: to order and keep a hundred thousand names takes the router long, on each node. That time
// counts to the publisher's user or network, which is read more slowly when it has had its share of it.

import type { PublishMessage } from '@trunkline/protocol'
import { EMPTY_DICT } from '@trunkline/protocol'
import { shareOf } from '../state/owner.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { Session } from '../state/session.ts'
import type { Broker } from './broker.ts'
import { namesMany } from './eligibility.ts'

/** Publishes; where the options name very many receivers, it counts how long that takes. */
export function publishInShare(
  { timeShare }: Pick<RealmContext, 'timeShare'>,
  broker: Pick<Broker, 'publish'>,
  session: Session,
  message: PublishMessage,
): void {
  const { options } = message
  const owner = options === EMPTY_DICT || !namesMany(options) ? undefined : shareOf(session)
  if (owner === undefined) return broker.publish(session, message)
  timeShare.run(owner, () => {
    broker.publish(session, message)
    return 'done'
  })
  if (timeShare.isUsedUp(owner)) session.link.waitForRoom?.((goOn) => timeShare.whenGood(owner, goOn))
}
