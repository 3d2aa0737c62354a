// Shows what only a process of its own can: exit codes, signals, and an output without a reader.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { Child } from '@trunkline/testkit/child'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { buildCommand } from '../../../scripts/build-command.mjs'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
mkdirSync(join(ROOT, '.cache'), { recursive: true })
// Inside the repository, so that packages are found from there. Built once: each process would translate all sources anew.
const built = mkdtempSync(join(ROOT, '.cache', 'bin-'))
const BIN = join(built, 'dist', 'bin.js')

beforeAll(async () => {
  await buildCommand(join(built, 'dist'))
  copyFileSync(join(ROOT, 'packages/cli/package.json'), join(built, 'package.json'))
})
afterAll(() => rmSync(built, { recursive: true }))

function start(...words: string[]): Child {
  return Child.node([BIN, ...words], { cwd: ROOT })
}

async function startDev(): Promise<{ dev: Child; url: string; rawSocketPort: number }> {
  const dev = start('dev', '--port', '0', '--rawsocket-port', '0')
  const [, url = ''] = await dev.shows(/WebSocket +(ws:\S+)/)
  const [, port] = await dev.shows(/RawSocket +rs:\S+:(\d+)/)
  return { dev, url, rawSocketPort: Number(port) }
}

/** The configuration of a router that allows every client everything below `com`, and logs all of it to stdout. */
function configured(): string {
  const file = join(built, 'trunkline.yaml')
  const rule = '{ uri: com.**, allow: [call, publish, subscribe] }'
  const realm = `{ anonymous: { role: guest }, roles: { guest: [${rule}] } }`
  const logs = '{ access: stdout, audit: stdout }'
  writeFileSync(file, `listeners: [{ websocket: { host: 127.0.0.1, port: 0 } }]\nrealms: { realm1: ${realm} }\nlogs: ${logs}`)
  return file
}

const LISTENING = /"address":"(ws:[^"]+)"/
const HAS_TERMINALS = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0

/** A router at a terminal of its own, as over SSH. */
class RouterAtTerminal {
  readonly #terminal = spawn(
    'script',
    ['-qefc', `echo pid $$; exec "${process.execPath}" "${BIN}" start --json-logs --config "${configured()}" 2>&3`, '/dev/null'],
    { stdio: ['ignore', 'pipe', 'ignore', 'pipe'] },
  )
  /** What it wrote to stderr, once it has ended. */
  readonly errors = text(this.#terminal.stdio[3] as Readable)
  readonly url: Promise<string>
  #pid = 0

  constructor() {
    this.url = this.#start()
  }

  async #start(): Promise<string> {
    let shown = ''
    for await (const chunk of (this.#terminal.stdout as Readable).iterator({ destroyOnReturn: false })) {
      shown += String(chunk)
      const [, url] = LISTENING.exec(shown) ?? []
      if (url === undefined) continue
      this.#pid = Number(/pid (\d+)/.exec(shown)?.[1])
      return url
    }
    throw new Error(`it does not listen: ${shown}`)
  }

  /** The terminal is gone: the kernel sends SIGHUP, and every write to it fails with EIO. */
  async hangUp(): Promise<void> {
    this.#terminal.kill('SIGKILL')
    await once(this.#terminal, 'exit')
  }

  signal(name: NodeJS.Signals): void {
    process.kill(this.#pid, name)
  }

  /** Ends it if it still runs. */
  end(): void {
    try {
      if (this.#pid > 0) this.signal('SIGKILL')
    } catch {
      // It has ended.
    }
  }
}

afterEach(() => Child.killAll())

describe('the process', () => {
  it('ends with the code of what happened, leaves with 0 at Ctrl-C or when nobody reads its output, and dev says GOODBYE at SIGTERM', async () => {
    const { dev, url } = await startDev()
    const [stopped, unread, left] = [1, 2, 3].map(() => start('subscribe', 'com.example.chat', '--url', url)) as [Child, Child, Child]
    const [good, bad] = [start('call', 'com.example.add', '2', '3', '--url', url), start('call', 'com.example.none', '--url', url)]
    expect(await Promise.all([good.ended, bad.ended])).toEqual([0, 1])
    expect(good.output).toBe('5\n')
    await Promise.all([stopped, unread, left].map((child) => child.shows(/subscribed/)))
    expect(await stopped.end('SIGINT')).toBe(0)
    unread.stopReading('output')
    expect(await start('publish', 'com.example.chat', 'hello', '--url', url).ended).toBe(0)
    expect(await unread.ended).toBe(0)
    expect(unread.output).not.toContain('EPIPE')
    expect(await dev.end('SIGTERM')).toBe(0)
    await left.shows(/no connection: .*wamp.close.system_shutdown.*next attempt/)
    expect(left.output).toContain('com.example.chat "hello"')
    expect(await left.end('SIGINT')).toBe(0)
  })

  it.skipIf(!existsSync('/dev/full'))('says that its output could not be written, and ends with 74', async () => {
    const full = openSync('/dev/full', 'w')
    const { status, stderr } = spawnSync(process.execPath, [BIN, 'token'], { cwd: ROOT, stdio: ['ignore', full, 'pipe'], encoding: 'utf8' })
    closeSync(full)
    expect(stderr).toMatch(/^error: cannot write to stdout: ENOSPC.*\n$/)
    expect(status).toBe(74)
  })

  it.skipIf(process.platform === 'win32')('starts a router with 60 file descriptors', async () => {
    const router = new Child(['sh', '-c', 'ulimit -n 60 && exec "$@"', 'sh', process.execPath, BIN, 'start', '--config', configured()])
    await router.shows(LISTENING)
    expect(await router.end('SIGTERM')).toBe(0)
  })

  it('waits for a peer that does not say GOODBYE, and ends with 130 at the second Ctrl-C', async () => {
    const { dev, rawSocketPort } = await startDev()
    const socket = connect(rawSocketPort, '127.0.0.1')
    const hello = Buffer.from('[1,"realm1",{"roles":{"caller":{}}}]')
    socket.write(Buffer.concat([Buffer.from([0x7f, 0xf1, 0, 0, 0, 0, 0, hello.length]), hello]))
    let received = ''
    socket.on('data', (chunk) => {
      received += String(chunk)
    })
    while (!received.includes('[2,')) await once(socket, 'data')
    dev.kill('SIGINT')
    while (!received.includes('[6,')) await once(socket, 'data')
    expect(await dev.end('SIGINT')).toBe(130)
    socket.destroy()
  })

  it('serves on though nobody reads its log any more, and stops in order', async () => {
    const router = start('start', '--config', configured())
    const [, url = ''] = await router.shows(LISTENING)
    router.stopReading('output')
    router.stopReading('errors')
    const run = (...words: string[]): Promise<number | null> => start(...words, '--url', url).ended
    expect(await run('publish', 'com.example.chat', 'hello')).toBe(0)
    expect(await run('publish', 'org.example.chat', 'hello')).toBe(4)
    expect(await run('call', 'com.example.add', '--realm', 'none')).toBe(3)
    router.kill('SIGHUP')
    expect(await run('call', 'com.example.none')).toBe(1)
    expect(await router.end('SIGTERM')).toBe(0)
  })

  it('gives each line of its log a priority when stdout is the journal of systemd, and to no other', async () => {
    const lineTo = async (journal: (file: string) => string): Promise<string> => {
      const path = join(built, 'journal')
      const file = openSync(path, 'w')
      const env = { ...process.env, JOURNAL_STREAM: journal(path) }
      const router = spawn(process.execPath, [BIN, 'start', '--config', configured()], { stdio: ['ignore', file, 'ignore'], env })
      onTestFinished(() => void router.kill('SIGKILL'))
      await expect.poll(() => readFileSync(path, 'utf8')).toContain('listening')
      router.kill()
      await once(router, 'exit')
      closeSync(file)
      return readFileSync(path, 'utf8').slice(0, 17)
    }
    const placeOf = (path: string): string => [statSync(path).dev, statSync(path).ino].join(':')
    expect(await lineTo(placeOf)).toBe('<6>{"level":"info')
    expect(await lineTo(() => '1:2')).toBe('{"level":"info","')
  })

  it('of a subscriber ends when nobody reads its errors', async () => {
    const { dev, url } = await startDev()
    const subscriber = start('subscribe', 'com.example.chat', '--url', url)
    await subscriber.shows(/subscribed/)
    subscriber.stopReading('errors')
    // That there is no connection any more is an error.
    await dev.end('SIGTERM')
    expect(await subscriber.ended).toBe(0)
  })

  it.skipIf(!HAS_TERMINALS)('serves on when its terminal is gone, and ends without an error', async () => {
    const router = new RouterAtTerminal()
    onTestFinished(() => router.end())
    const url = await router.url
    const subscriber = start('subscribe', 'com.example.chat', '--url', url)
    await subscriber.shows(/subscribed/)
    await router.hangUp()
    expect(await start('publish', 'com.example.chat', 'hello', '--url', url).ended).toBe(0)
    await subscriber.shows(/"hello"/)
    router.signal('SIGTERM')
    await subscriber.shows(/wamp.close.system_shutdown/)
    expect(await router.errors).toBe('')
  })
})
