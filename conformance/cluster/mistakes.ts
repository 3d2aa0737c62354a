// Nodes that cannot join, each with servers of NATS of its own: what they say, and that they harm no other node.

import { createHmac } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { connect as connectNats } from '@nats-io/transport-node'
import type { Client } from '@trunkline/client'
import { connect } from '@trunkline/client'
import { selfSigned } from '@trunkline/testkit'
import { check, same } from './checks.ts'
import { natsCluster, natsLater, natsServer } from './nats.ts'
import { RouterNode, SECRET } from './nodes.ts'
import { Seen } from './seen.ts'

const ONLY_OURS = "publish: ['tl1.test.>'], subscribe: ['tl1.test.>']"

export async function checkMistakes(folder: string): Promise<void> {
  const [open] = await natsCluster(1)
  if (open === undefined) throw new Error('no server')
  const make = (options: Parameters<typeof RouterNode.make>[2], servers = [open.url]) => RouterNode.make(folder, servers, options)

  const names = async (): Promise<void> => {
    const first = await (await make({ name: 'one' })).start()
    await Promise.all([
      check('a second process of one name ends with exit code 2 and says why', async () => {
        const second = await make({ name: 'one' })
        const child = second.launch()
        same(await child.ended, 2, 'the exit code')
        await first.logs('another process was started with the name of this node', 'cluster.node')
        if (!/another process is node 'one'/.test(second.output)) throw new Error(second.output)
      }),
      check('a node with another secret is not heard, and hears no other', async () => {
        const stranger = await (await make({ name: 'stranger', secret: 'quite another secret' })).start()
        await stranger.logs('a node with another secret is not heard', '"node":"one"', 'cluster.secret')
        await first.logs('a node with another secret is not heard', '"node":"stranger"')
        if (first.output.includes('node joined')) throw new Error('it was linked')
        await stranger.stop()
      }),
      check('workers are nodes, and reach each other by their sockets', async () => {
        const pair = await make({ name: 'two', workers: 2 })
        pair.launch()
        await pair.logs('all workers are open', '"addresses"')
        // None listens before all know what the others know.
        const [listening, joined] = ['"listening"', '"msg":"node joined"'].map((text) => pair.output.indexOf(text))
        if ((listening ?? 0) < pair.output.lastIndexOf('"node":"one"') || (joined ?? -1) < 0) throw new Error(pair.output)
        await first.logs('node joined', '"two-0"').catch(() => first.logs('node joined', '"two-1"'))
        const client = await connect({ url: first.url, realm: 'realm1' })
        same(await client.call('wamp.session.count'), 1, 'the number of sessions')
        await client.stop()
        await pair.stop()
      }),
    ])
    await first.stop()
  }

  const greetings = async (): Promise<void> => {
    const node = await (await make({ name: 'greeted' })).start()
    const nats = await connectNats({ servers: open.url })
    const greet = (fields: object): void => nats.publish('tl1.test.hello', helloOf(fields))
    await Promise.all([
      check('a node of another version is not linked, which is said once', async () => {
        for (let i = 0; i < 3; i++) greet({ node: 'newer', v: 9, least: 9 })
        await nats.flush()
        await node.logs('a node speaks another version of the protocol between nodes', '"node":"newer"', 'upgrade')
        same(node.count('another version', '"newer"'), 1, 'lines')
      }),
      check('a clock that is far ahead is said once', async () => {
        for (let i = 0; i < 3; i++) greet({ node: 'ahead', time: Date.now() + 60_000 })
        await nats.flush()
        await node.logs('the clock of a node differs by more than 5 s', '"node":"ahead"', 'NTP')
        same(node.count('the clock of a node', '"ahead"'), 1, 'lines')
      }),
      check('what is no greeting harms nobody, and is said once', async () => {
        for (let i = 0; i < 3; i++) nats.publish('tl1.test.hello', '{')
        nats.publish('tl1.test.n.greeted.anybody', new Uint8Array(50))
        await nats.flush()
        await node.logs('something that is no node publishes where nodes do')
        same(node.count('something that is no node'), 1, 'lines')
      }),
      check('settings of a realm that differ are said once, with the realm', async () => {
        const other = await (await make({ name: 'other', realm: 'limits: { sessions: 77 }' })).start()
        await Promise.all([
          node.logs('node serves a realm by other settings', '"node":"other"', '"realm":"realm1"', 'configuration'),
          other.logs('node serves a realm by other settings', '"node":"greeted"', '"realm":"realm1"'),
        ])
        same(node.count('by other settings'), 1, 'lines')
        await other.stop()
      }),
    ])
    await check('a node that cannot keep up is said, and is told what it missed', () => checkSlow(make))
    await nats.close()
    await node.stop()
  }

  const servers = async (): Promise<void> => {
    const conf = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    await Promise.all([
      check('NATS that is away at the start is said, with the server; nodes meet when it comes', async () => {
        const later = await natsLater()
        const nodes = await Promise.all([make({ name: 'early-1' }, [later.url]), make({ name: 'early-2' }, [later.url])])
        await Promise.all(nodes.map((node) => node.start()))
        for (const node of nodes) {
          await node.logs('NATS is away', 'cluster.nats.servers')
          same(node.count('NATS is not reached; this node starts alone'), 1, 'lines')
        }
        await later.start()
        await Promise.all(nodes.map((node, i) => node.logs('node joined', `"early-${2 - i}"`)))
        await Promise.all(nodes.map((node) => node.stop()))
      }),
      check('a server that takes only short messages is not used, which is said', async () => {
        const short = await natsServer(conf('short.conf', 'max_payload: 1000\n'))
        const node = await (await make({ name: 'short' }, [short.url])).start()
        await node.logs('NATS takes no messages as long as nodes need', '1000 octets', 'raise max_payload')
        await node.stop()
      }),
      check('an event that is longer than NATS takes crosses whole', async () => {
        const least = await natsServer(conf('least.conf', 'max_payload: 70000\n'))
        const nodes = await Promise.all([make({ name: 'least-1' }, [least.url]), make({ name: 'least-2' }, [least.url])])
        await Promise.all(nodes.map((node) => node.start()))
        await nodes[0]?.logs('node joined', '"least-2"')
        const [from, to] = await Promise.all(nodes.map(({ url }) => connect({ url, realm: 'realm1' })))
        const lengths = new Seen<number>()
        await to?.subscribe('test.long', ({ args: [text] }) => lengths.add(String(text).length))
        await from?.publish('test.long', ['x'.repeat(3_000_000)], { acknowledge: true })
        await lengths.until((all) => all.length > 0, 'the event')
        same(lengths.all, [3_000_000], 'its length')
        await Promise.all([from?.stop(), to?.stop()])
        await Promise.all(nodes.map((node) => node.stop()))
      }),
    ])
  }

  const rights = async (): Promise<void> => {
    const conf = join(folder, 'rights.conf')
    const user = (name: string, permissions: string): string => `{ user: ${name}, password: right, permissions: { ${permissions} } }`
    const users = [user('node', ONLY_OURS), user('deaf', 'subscribe: { deny: ">" }'), user('mute', 'publish: { deny: ">" }')]
    writeFileSync(conf, `authorization { users = [ ${users.join(', ')} ] }\n`)
    const server = await natsServer(conf)
    const as = (name: string, password = 'right') =>
      make({ name, nats: `user: ${name.split('-')[0]}, password: ${password}` }, [server.url])
    await Promise.all([
      check('nodes need no more rights than those of their cluster', async () => {
        const [one, other] = await Promise.all([as('node-1'), as('node-2')])
        await Promise.all([one.start(), other.start()])
        await one.logs('node joined', '"node-2"')
        if (/forbids|refuses/.test(one.output + other.output)) throw new Error(one.output)
        await Promise.all([one.stop(), other.stop()])
      }),
      check('a node that may not subscribe says so and starts alone', async () => {
        const node = await (await as('deaf')).start()
        same(node.count('NATS forbids what a node needs', '"operation":"subscribe"', 'tl1.test.>'), 1, `lines in ${node.output}`)
        await node.stop()
      }),
      check('a node that may not publish says so', async () => {
        const node = await (await as('mute')).start()
        same(node.count('NATS forbids what a node needs', '"operation":"publish"', 'tl1.test.>'), 1, `lines in ${node.output}`)
        await node.stop()
      }),
      check('a node with a wrong password says so, without the password, and starts alone', async () => {
        const node = await (await as('node-3', 'wrong-password')).start()
        if (!node.output.includes('NATS refuses this node')) throw new Error(node.output)
        if (node.output.includes('wrong-password')) throw new Error('it shows the password')
        await node.stop()
      }),
    ])
  }

  const tls = async (): Promise<void> => {
    const { cert, key } = selfSigned()
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    const [certFile, keyFile] = [file('nats-cert.pem', cert), file('nats-key.pem', key)]
    const server = await natsServer(file('tls.conf', `tls { cert_file: "${certFile}", key_file: "${keyFile}" }\n`))
    await Promise.all([
      check('nodes reach NATS by TLS, and trust only the authority that their configuration names', async () => {
        const [one, other, wary] = await Promise.all([
          make({ name: 'tls-1', nats: `tls: { ca: ${certFile} }` }, [server.url]),
          make({ name: 'tls-2', nats: `tls: { ca: ${certFile} }` }, [server.url]),
          make({ name: 'tls-3' }, [server.url]),
        ])
        await Promise.all([one.start(), other.start(), wary.start()])
        await one.logs('node joined', '"tls-2"')
        same(wary.count('NATS is away', 'self-signed', 'cluster.nats.tls'), 1, `lines in ${wary.output}`)
        await Promise.all([one.stop(), other.stop(), wary.stop()])
      }),
      check('a node that wants TLS does not use a server without it', async () => {
        const node = await (await make({ name: 'tls-4' }, [open.url.replace('nats:', 'tls:')])).start()
        if (!node.output.includes('NATS is away')) throw new Error(node.output)
        await node.stop()
      }),
    ])
  }

  await names()
  await greetings()
  await servers()
  await rights()
  await tls()
}

/** What a node says, with the seal of this cluster. */
function helloOf(fields: object): string {
  const now = Date.now()
  const hello = { v: 1, least: 1, node: 'made-up', boot: now, time: now, state: 'up', host: 'nowhere', ...fields }
  const body = JSON.stringify(hello).slice(0, -1)
  return `${body},"mac":"${createHmac('sha256', SECRET).update(body).digest('hex')}"}`
}

/** One node stands still while more events come for it than wait for a node, 48 MiB, of many owners: one has 8 MiB of it at most. */
async function checkSlow(make: (options: { readonly name: string }) => Promise<RouterNode>): Promise<void> {
  const [fast, slow] = [await make({ name: 'fast' }), await make({ name: 'slow' })]
  await Promise.all([fast.start(), slow.start()])
  await fast.logs('node joined', '"slow"')
  const enter = (url: string, place: number): Promise<Client> =>
    connect({ url, realm: 'realm1', httpAgent: new Agent({ localAddress: `127.0.0.${place}` }), onError: () => {} })
  const from = await Promise.all(Array.from({ length: OWNERS }, (_, i) => enter(fast.url, 2 + i)))
  const to = await enter(slow.url, 1)
  const gaps = new Seen<number>()
  await to.subscribe('test.flood', ({ details }) => gaps.add(Number(details['_gap'] ?? 0)))
  fast.forget()
  slow.freeze()
  const text = 'x'.repeat(3_000_000)
  await Promise.all(from.map((client) => client.publish('test.flood', [text], { acknowledge: true })))
  await fast.logs('node takes in less than is sent to it', '"slow"', '48 MiB')
  await fast.logs('node lost', '"slow"', '"cause"')
  slow.thaw()
  await fast.logs('node joined', '"slow"')
  await from[0]?.publish('test.flood', ['last'], { acknowledge: true })
  // What it had taken in, and what it missed, are all; what it took in without saying so in time counts as missed, too.
  await gaps.until((all) => all.length + sum(all) >= OWNERS + 1, 'the events and the gaps')
  if (sum(gaps.all) > OWNERS) throw new Error(`missed: ${gaps.all.join(', ')}`)
  await Promise.all([...from, to].map((client) => client.stop()))
  await Promise.all([fast.stop(), slow.stop()])
}

/** Each publishes an event of 3 MB. */
const OWNERS = 20

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0)
}
