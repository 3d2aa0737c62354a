// Shows that a node that stops answers every call that was sent to it before.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { calls, openSession } from '@trunkline/client/session'
import type { Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { UnixBus } from '@trunkline/router/cluster'
import { OPEN_REALM } from '@trunkline/testkit'
import { afterEach, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'leaving-'))
const open: { readonly router: Router; readonly bus: UnixBus }[] = []
afterEach(async () => {
  for (const { router, bus } of open.splice(0)) {
    await router.close()
    await bus.close()
  }
  rmSync(folder, { recursive: true, force: true })
})

async function start(node: string, nodes: readonly string[]): Promise<Router> {
  const bus = await UnixBus.open({ node, folder })
  const router = createRouter({ realms: { realm1: OPEN_REALM }, cluster: { name: 'leaving', by: bus } })
  bus.connectTo(nodes)
  open.push({ router, bus })
  await router.untilJoined(nodes.filter((other) => other !== node))
  return router
}

const join1 = (router: Router) => openSession({ transport: router.openLocal(), realm: 'realm1', calls: calls() })

it('answers calls that come while its callees leave: they were not carried out', async () => {
  const a = await start('a', [])
  const caller = await join1(a)
  for (let i = 0; i < 10; i++) {
    const b = await start('b', ['a', 'b'])
    const callee = await join1(b)
    await callee.register('com.example.busy', ({ args }) => args[0], { invoke: 'roundrobin' })
    const errors = new Set<string>()
    let isOver = false
    const calling = (async () => {
      while (!isOver)
        await Promise.all(
          Array.from({ length: 20 }, () =>
            caller.call('com.example.busy', [i]).then(undefined, (error: Error) => errors.add(error.message)),
          ),
        )
    })()
    await b.close()
    isOver = true
    await calling
    await open.pop()?.bus.close()
    expect([...errors].filter((text) => text.includes('network_failure'))).toEqual([])
  }
})
