// wampy.js (npm `wampy`), over the WebSocket of npm `ws`, as its guide has it for Node.

import { Wampy } from 'wampy'
import { WebSocket } from 'ws'
import type { OpenEnds } from './ends.ts'
import { PROCEDURE, REALM, TOPIC } from './ends.ts'

type Options = Extract<ConstructorParameters<typeof Wampy>[1], object>

export const openEnds: OpenEnds = async (url, onEvent) => {
  const [caller, callee] = [open(url), open(url)]
  await Promise.all([caller.connect(), callee.connect()])
  await callee.register(PROCEDURE, ({ argsList }) => ({ argsList: [Number((argsList as readonly unknown[])[0]) + 1] }))
  await callee.subscribe(TOPIC, ({ argsList }) => onEvent((argsList as readonly unknown[])[0]))
  return {
    call: async (count) => {
      const { argsList } = await caller.call(PROCEDURE, [count])
      return (argsList as readonly unknown[])[0]
    },
    // Without this option it would wait for an answer.
    publish: (count) => void caller.publish(TOPIC, [count]),
    close: () => Promise.all([caller.disconnect(), callee.disconnect()]),
  }
}

function open(url: string): Wampy {
  return new Wampy(url, { realm: REALM, ws: WebSocket as unknown as NonNullable<Options['ws']>, autoReconnect: false })
}
