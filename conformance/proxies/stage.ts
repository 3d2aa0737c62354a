// Two routers and the proxies in front of them as processes, with the files of examples/deploy. Of these only addresses, ports, paths and
// times are others: the routers are at 127.0.0.11 and 127.0.0.12. Judges nothing.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { selfSigned } from '@trunkline/testkit'
import { Child } from '@trunkline/testkit/child'
import { freePorts } from '../faults/processes.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const EXAMPLE = join(ROOT, 'examples/deploy')
const COMMAND = join(ROOT, 'packages/cli/bin/trunkline.js')
const PATIENCE_MS = 60_000
/** The ports that the files name, of routers and proxies alike. */
const PORTS = ['8080', '8081', '8082', '443'] as const

/** After how much quiet the proxies close a connection here, in place of a minute or an hour. */
export const QUIET_MS = 2_000
/** How often the routers send a ping. */
const PING_MS = 500

/** Which of the two routers. */
export type Which = 'one' | 'two'
const HOSTS: Readonly<Record<Which, string>> = { one: '127.0.0.11', two: '127.0.0.12' }

export type ProxyName = 'HAProxy' | 'nginx'

type Ports = Readonly<Record<(typeof PORTS)[number], number>>

export class Stage {
  readonly certificate = selfSigned(['localhost', 'router.example.com'])
  readonly #folder = mkdtempSync(join(tmpdir(), 'trunkline-proxies-'))
  readonly #routers: Record<Which, Child | undefined> = { one: undefined, two: undefined }
  readonly #ports: Readonly<Record<'router' | ProxyName, Ports>>

  private constructor(ports: Readonly<Record<'router' | ProxyName, Ports>>) {
    this.#ports = ports
  }

  static async open(): Promise<Stage> {
    const free = await freePorts(PORTS.length * 3)
    const take = (): Ports => Object.fromEntries(PORTS.map((port) => [port, free.pop() ?? 0])) as Ports
    const stage = new Stage({ router: take(), HAProxy: take(), nginx: take() })
    stage.#write()
    await Promise.all([stage.startRouter('one'), stage.startRouter('two')])
    return stage
  }

  /** The URL of a door: `wss` and `https` lead through the proxy. */
  url(proxy: ProxyName, kind: 'ws' | 'longpoll' | 'api'): string {
    const base = `//localhost:${this.#ports[proxy][443]}`
    return kind === 'ws' ? `wss:${base}/ws` : `https:${base}/${kind}`
  }

  rawSocketPort(proxy: ProxyName): number {
    return this.#ports[proxy][8081]
  }

  /** The URL of a router itself, past the proxies. */
  direct(which: Which): string {
    return `ws://${HOSTS[which]}:${this.#ports.router[8080]}/ws`
  }

  /** The status with which a router answers whether it accepts sessions; 0 without an answer. */
  async readiness(which: Which): Promise<number> {
    const url = `http://${HOSTS[which]}:${this.#ports.router[8082]}/health/ready`
    return fetch(url, { headers: { connection: 'close' } }).then(
      ({ status }) => status,
      () => 0,
    )
  }

  async startRouter(which: Which): Promise<void> {
    const router = Child.node([COMMAND, 'start', '--config', this.#path(`${which}.yaml`)])
    this.#routers[which] = router
    await router.shows(/(?:"msg":"listening"[^]*){3}/)
  }

  router(which: Which): Child {
    const router = this.#routers[which]
    if (router === undefined) throw new Error(`there is no router ${which}`)
    return router
  }

  /** Starts a proxy; resolves when it listens at all of its ports. */
  async startProxy(name: ProxyName): Promise<Child> {
    const proxy = new Child(name === 'nginx' ? this.#nginx() : this.#haproxy(), { hasChildren: true })
    const { 443: web, 8081: raw } = this.#ports[name]
    await until(`${name} listens`, async () => {
      if (!proxy.isRunning) throw new Error(`${name} has ended: ${proxy.output}`)
      return (await accepts(web)) && (await accepts(raw))
    })
    return proxy
  }

  /** Whether HAProxy sends sessions to a router: `UP`, `DOWN` … */
  async statusAtHAProxy(which: Which): Promise<string> {
    const socket = connect(this.#path('stats.sock'))
    socket.end('show stat\n')
    const lines = (await text(socket)).split('\n').map((line) => line.split(','))
    const column = lines[0]?.indexOf('status') ?? -1
    return lines.find(([backend, server]) => backend === 'routers' && server === which)?.[column] ?? ''
  }

  close(): void {
    Child.killAll()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #nginx(): string[] {
    return ['nginx', '-c', this.#path('nginx.conf'), '-e', 'stderr', '-g', `pid ${this.#path('nginx.pid')}; daemon off;`]
  }

  #haproxy(): string[] {
    return ['haproxy', '-db', '-f', this.#path('haproxy.cfg'), '-f', this.#path('stats.cfg')]
  }

  #path(name: string): string {
    return join(this.#folder, name)
  }

  #write(): void {
    const { cert, key } = this.certificate
    writeFileSync(this.#path('cert.pem'), cert)
    writeFileSync(this.#path('key.pem'), key)
    writeFileSync(this.#path('both.pem'), cert + key)
    writeFileSync(this.#path('stats.cfg'), `global\n    stats socket ${this.#path('stats.sock')}\n`)
    mkdirSync(this.#path('log'))
    for (const which of ['one', 'two'] as const) {
      const file = adapted('behind-proxy.yaml', {
        '0.0.0.0': HOSTS[which],
        '10.0.0.1]': '127.0.0.1]',
        'ping: 15s': `ping: ${PING_MS}ms`,
        'heartbeat: 15s': 'heartbeat: 1s',
      })
      writeFileSync(this.#path(`${which}.yaml`), withPorts(file, this.#ports.router))
    }
    const routers = { '10.0.0.': '127.0.0.', ' 20000': ' 1000' }
    const haproxy = adapted('haproxy.cfg', {
      ...routers,
      '/etc/haproxy/router.example.com.pem': this.#path('both.pem'),
      'bind :': 'bind 127.0.0.1:',
      'timeout tunnel 60s': `timeout tunnel ${QUIET_MS}ms`,
    })
    writeFileSync(this.#path('haproxy.cfg'), withPorts(haproxy, this.#ports.router, this.#ports.HAProxy))
    const nginx = adapted('nginx.conf', {
      ...routers,
      '/etc/nginx/fullchain.pem': this.#path('cert.pem'),
      '/etc/nginx/privkey.pem': this.#path('key.pem'),
      '/var/log/nginx/access.log': this.#path('log/access.log'),
      'user www-data': `user ${process.env['USER'] ?? 'root'}`,
      'listen ': 'listen 127.0.0.1:',
      'proxy_read_timeout 60s': `proxy_read_timeout ${QUIET_MS}ms`,
    })
    writeFileSync(this.#path('nginx.conf'), withPorts(nginx, this.#ports.router, this.#ports.nginx))
  }
}

/** Waits until something holds that can only be looked at. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const latest = performance.now() + PATIENCE_MS; performance.now() < latest; await pause(50)) if (await holds()) return
  throw new Error(`not within ${PATIENCE_MS} ms: ${what}`)
}

/** A file of the example with other words; fails where the file has none of them. */
function adapted(file: string, words: Readonly<Record<string, string>>): string {
  let adaptedText = readFileSync(join(EXAMPLE, file), 'utf8')
  for (const [from, to] of Object.entries(words)) {
    if (!adaptedText.includes(from)) throw new Error(`${file} has no '${from}'`)
    adaptedText = adaptedText.replaceAll(from, to)
  }
  return adaptedText
}

/** The ports of the routers behind their addresses, those of the proxy behind its own. */
function withPorts(file: string, router: Ports, own: Ports = router): string {
  const ports = /(127\.0\.0\.1[12]:|check port |)\b(8080|8081|8082|443)\b/g
  return file.replace(ports, (_, before: string, port: keyof Ports) => before + String((before === '' ? own : router)[port]))
}

async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
