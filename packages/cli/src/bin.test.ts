// Shows what only a process of its own can: exit codes, signals, and an output that nobody reads.

import type { ChildProcessByStdio } from 'node:child_process'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const started: Child[] = []
mkdirSync(join(ROOT, '.cache'), { recursive: true })
// Inside the repository, so that packages are found from there. Built once: each process would translate all sources anew.
const built = mkdtempSync(join(ROOT, '.cache', 'bin-'))
const BIN = join(built, 'dist', 'bin.js')

beforeAll(async () => {
  await build({
    entryPoints: [join(ROOT, 'packages/cli/src/bin.ts')],
    outdir: join(built, 'dist'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    conditions: ['trunkline-source'],
    external: ['commander', 'hash-wasm', 'jose', 'pino', 'sonic-boom', 'ws', 'yaml'],
    logLevel: 'silent',
  })
  copyFileSync(join(ROOT, 'packages/cli/package.json'), join(built, 'package.json'))
})
afterAll(() => rmSync(built, { recursive: true }))

class Child {
  readonly process: ChildProcessByStdio<null, Readable, Readable>
  readonly exited: Promise<number | null>
  output = ''

  constructor(...words: string[]) {
    this.process = spawn(process.execPath, [BIN, ...words], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.output += String(chunk)
      })
    }
    this.exited = once(this.process, 'close').then(([code]) => code as number | null)
    started.push(this)
  }

  /** Waits until the output matches; rejects when the process ends first. */
  async shows(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.output)
      if (match !== null) return match[1] ?? match[0]
      const more = Promise.race([once(this.process.stdout, 'data'), once(this.process.stderr, 'data')])
      await Promise.race([more, this.exited.then((code) => Promise.reject(new Error(`ended with ${code}: ${this.output}`)))])
    }
  }

  signal(name: NodeJS.Signals): Promise<number | null> {
    this.process.kill(name)
    return this.exited
  }
}

async function startDev(): Promise<{ dev: Child; url: string; rawSocketPort: number }> {
  const dev = new Child('dev', '--port', '0', '--rawsocket-port', '0')
  const url = await dev.shows(/WebSocket +(ws:\S+)/)
  return { dev, url, rawSocketPort: Number(await dev.shows(/RawSocket +rs:\S+:(\d+)/)) }
}

afterEach(() => {
  for (const { process: child } of started.splice(0)) child.kill('SIGKILL')
})

describe('the process', () => {
  it('ends with the code of what happened, leaves with 0 at Ctrl-C or when nobody reads its output, and dev says GOODBYE at SIGTERM', async () => {
    const { dev, url } = await startDev()
    const [stopped, unread, left] = [1, 2, 3].map(() => new Child('subscribe', 'com.example.chat', '--url', url)) as [Child, Child, Child]
    const [good, bad] = [new Child('call', 'com.example.add', '2', '3', '--url', url), new Child('call', 'com.example.none', '--url', url)]
    expect(await Promise.all([good.exited, bad.exited])).toEqual([0, 1])
    expect(good.output).toBe('5\n')
    await Promise.all([stopped, unread, left].map((child) => child.shows(/subscribed/)))
    expect(await stopped.signal('SIGINT')).toBe(0)
    unread.process.stdout.destroy()
    expect(await new Child('publish', 'com.example.chat', 'hello', '--url', url).exited).toBe(0)
    expect(await unread.exited).toBe(0)
    expect(unread.output).not.toContain('EPIPE')
    expect(await dev.signal('SIGTERM')).toBe(0)
    await left.shows(/no connection: .*wamp.close.system_shutdown.*next attempt/)
    expect(left.output).toContain('com.example.chat "hello"')
    expect(await left.signal('SIGINT')).toBe(0)
  })

  it.skipIf(!existsSync('/dev/full'))('says that its output could not be written, and ends with 74', async () => {
    const full = openSync('/dev/full', 'w')
    const { status, stderr } = spawnSync(process.execPath, [BIN, 'token'], { cwd: ROOT, stdio: ['ignore', full, 'pipe'], encoding: 'utf8' })
    closeSync(full)
    expect(stderr).toMatch(/^error: cannot write to stdout: ENOSPC.*\n$/)
    expect(status).toBe(74)
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
    dev.process.kill('SIGINT')
    while (!received.includes('[6,')) await once(socket, 'data')
    expect(await dev.signal('SIGINT')).toBe(130)
    socket.destroy()
  })
})
