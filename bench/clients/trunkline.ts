// Sessions of this project's client.

import { openSession } from '@trunkline/client/session'
import type { OpenEnds } from './ends.ts'
import { PROCEDURE, REALM, TOPIC } from './ends.ts'

export const openEnds: OpenEnds = async (url, onEvent) => {
  const caller = await openSession({ url, realm: REALM })
  const callee = await openSession({ url, realm: REALM })
  await callee.register(PROCEDURE, ({ args: [count] }) => Number(count) + 1)
  await callee.subscribe(TOPIC, ({ args: [count] }) => onEvent(count))
  return {
    call: (count) => caller.call(PROCEDURE, [count]),
    publish: (count) => void caller.publish(TOPIC, [count]),
    close: () => Promise.all([caller.leave(), callee.leave()]),
  }
}
