// What an operator at one node sees and does at the others: `trunkline` as it is typed, and the procedures below it.

import { fileURLToPath } from 'node:url'
import type { Client } from '@trunkline/client'
import { connect } from '@trunkline/client'
import { Child } from '@trunkline/testkit/child'
import { check, failureOf, same } from './checks.ts'
import { Seen } from './seen.ts'
import type { Stage } from './stage.ts'

const COMMAND = fileURLToPath(new URL('../../packages/cli/bin/trunkline.js', import.meta.url))

interface Page {
  readonly sessions: readonly { readonly session: number; readonly node: string }[]
  readonly next: string | null
  readonly missing: readonly string[]
}

export async function checkOperators(stage: Stage): Promise<void> {
  const operator = await connect({ url: stage.node('a').url, realm: 'ops' })
  const guests = await Promise.all((['a', 'b', 'c'] as const).map((name) => stage.at(name)))
  const run = async (...words: string[]): Promise<string> => {
    const child = Child.node([COMMAND, ...words, '--url', stage.node('a').url, '--realm', 'ops'])
    same(await child.ended, 0, `the exit code of ${words.join(' ')}: ${child.output}`)
    return child.output
  }

  await check('an operator lists the sessions of all nodes, page by page, each with its node', async () => {
    const found: string[] = []
    for (let after: string | null | undefined; after !== null;) {
      const page = await pageOf(operator, { realm: 'realm1', limit: 2, ...(after === undefined ? {} : { after }) })
      same(page.missing, [], 'missing nodes')
      found.push(...page.sessions.map(({ session, node }) => `${session} ${node}`))
      after = page.next
    }
    const there = await Promise.all(guests.map(async (guest, i) => `${(await guest.session()).id} ${'abc'[i]}`))
    same(
      there.filter((each) => !found.includes(each)),
      [],
      `what is not among ${found.join()}`,
    )
    same(new Set(found).size, found.length, 'how many different ones')
  })

  await check('trunkline status and trunkline ls show all nodes', async () => {
    const status = await run('status')
    for (const name of ['a', 'b, on', 'c, on']) if (!status.includes(`${name}`)) throw new Error(status)
    if (!/b, on [^\n]*link [\d.]+ ms/.test(status)) throw new Error(status)
    const sessions = await run('ls', 'sessions', '--in', 'realm1')
    for (const name of 'abc') if (!new RegExp(` ${name}( |$)`, 'm').test(sessions)) throw new Error(sessions)
  })

  await check('an operator ends a session at another node', async () => {
    const session = await stage.sessionAt('b')
    same(await operator.call('trunkline.admin.kick', [], { kwargs: { session: session.id } }), { sessions: 1, missing: [] }, 'the answer')
    same((await session.closed).reason, 'wamp.close.killed', 'the reason')
    const again = failureOf(operator.call('trunkline.admin.kick', [], { kwargs: { session: session.id } }))
    same((await again).uri, 'wamp.error.no_such_session', 'again')
  })

  await check('an operator sees live traffic of another node', async () => {
    const lines = new Seen<string>()
    const tail = operator.call('trunkline.admin.view.tail', [], {
      kwargs: { realm: 'realm1', kinds: ['publish'] },
      onProgress: ({ args: [part] }) => {
        for (const { node, uri } of (part as { readonly lines: readonly { node: string; uri: string }[] }).lines)
          lines.add(`${node} ${uri}`)
        lines.add('a part')
      },
    })
    tail.catch(() => undefined)
    await lines.until((all) => all.length > 0, 'the first part')
    await guests[2]?.publish('test.seen', [], { acknowledge: true })
    await lines.until((all) => all.includes('c test.seen'), 'the event')
  })

  await check('a node that stands still is named, and so is one that is lost', async () => {
    stage.node('a').forget()
    stage.node('b').freeze()
    same((await pageOf(operator, {})).missing, ['b'], 'missing nodes')
    const status = await run('status')
    if (!/b, on [^\n]*no answer/.test(status)) throw new Error(status)
    await stage.node('a').logs('node lost', '"b"')
    same((await pageOf(operator, {})).missing, ['b'], 'missing nodes when it is lost')
    stage.node('b').thaw()
    await stage.node('a').logs('node joined', '"b"')
    for (let missing = ['b'] as readonly string[]; missing.length > 0;) ({ missing } = await pageOf(operator, {}))
  })
  await operator.stop()
  await stage.leave()
}

function pageOf(operator: Client, kwargs: Readonly<Record<string, unknown>>): Promise<Page> {
  return operator.call<Page>('trunkline.admin.view.sessions', [], { kwargs })
}
