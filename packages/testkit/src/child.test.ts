// Shows that a process is started, waited for and ended, and that its early end is a clear error.

import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import type { ChildOptions } from './child.ts'
import { Child } from './child.ts'

const started: Child[] = []

function run(program: string, options?: ChildOptions): Child {
  const child = Child.node(['-e', program], options)
  started.push(child)
  return child
}

afterEach(() => Promise.all(started.splice(0).map((child) => child.end('SIGKILL'))))

/** Lives until it is ended. */
const STAYS = 'setInterval(() => {}, 1e6)'

it('waits for a line of its output or its errors, whether it has come or not, and looks behind what was there', async () => {
  const child = run(`console.log('port 1234'); console.error('a warning'); process.stdin.on('data', () => console.log('port 5'))`, {
    hasInput: true,
  })
  expect((await child.shows(/port (\d+)/))[1]).toBe('1234')
  await child.shows(/warning/)
  expect((await child.shows(/port (\d+)/))[1]).toBe('1234')
  const from = child.printed
  child.write('more\n')
  expect((await child.shows(/port (\d+)/, { from }))[1]).toBe('5')
  child.release()
  expect(await child.ended).toBe(0)
})

it('rejects with its last words when it ends first, and when the time is over', async () => {
  const child = run(`console.error('no such file'); process.exitCode = 3`)
  await expect(child.shows(/port/)).rejects.toThrow(/ended with 3: no such file/)
  await expect(child.message()).rejects.toThrow(/ended with 3/)
  expect([await child.ended, child.isRunning]).toEqual([3, false])
  await expect(run(STAYS).shows(/port/, { withinMs: 1 })).rejects.toThrow(/did not show \/port\/ within 1 ms/)
})

it('rejects when the program is not there', async () => {
  const child = new Child(['/no/such/program'])
  await expect(child.shows(/port/)).rejects.toThrow(/could not be started: .*ENOENT/)
  await expect(child.endedWithin(60_000)).rejects.toThrow('ENOENT')
  expect([await child.ended, await child.end('SIGKILL')]).toEqual([null, null])
})

it('takes messages one by one, or all as they come', async () => {
  const child = run(`process.on('message', (message) => process.send({ got: message })); process.send('ready')`, { hasChannel: true })
  expect(await child.message()).toBe('ready')
  child.send({ a: 1 })
  expect(await child.message()).toEqual({ got: { a: 1 } })
  const all = new Promise((resolve) => child.onMessage(resolve))
  child.send('b')
  expect(await all).toEqual({ got: 'b' })
  child.release()
  expect(await child.ended).toBe(0)
})

describe('one with processes of its own', () => {
  /** A program whose child connects to a port and then loops, for two minutes at most. */
  async function startLooping(end: string): Promise<{ parent: Child; child: Socket }> {
    const server = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const loop = `require('net').connect(${port}, '127.0.0.1', () => { process.stdout.write('x'); const end = Date.now() + 120_000; while (Date.now() < end); })`
    const program = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(loop)}]).stdout.once('data', () => { ${end} })`
    const parent = run(program, { output: 'dropped', hasChildren: true })
    const [child] = (await once(server, 'connection')) as [Socket]
    return { parent, child: child.on('error', () => {}).resume() }
  }

  it('ends with them when its time is over', async () => {
    const { parent, child } = await startLooping('')
    const closed = once(child, 'close')
    expect(await parent.endedWithin(1)).toBe(null)
    await closed
  })

  it('leaves none behind when it ends by itself', async () => {
    const { parent, child } = await startLooping('process.exit(3)')
    const closed = once(child, 'close')
    expect(await parent.endedWithin(60_000)).toBe(3)
    await closed
  })
})

it('kills one that does not end by itself', async () => {
  const child = run(`process.on('SIGTERM', () => console.log('no')); console.log('ready'); ${STAYS}`)
  await child.shows(/ready/)
  expect(await child.stop('SIGTERM', 50)).toBe(null)
})

it('ends with the process that started it', async () => {
  const { outputFiles } = await build({ entryPoints: [fileURLToPath(new URL('child.ts', import.meta.url))], write: false, format: 'esm' })
  const stays = JSON.stringify(`process.send('up'); ${STAYS}`)
  const program = `${outputFiles[0]?.text ?? ''}
    const child = Child.node(['-e', ${stays}], { output: 'passed on', hasChannel: true })
    await child.message()
    process.exit()`
  const parent = Child.node(['--input-type=module', '-e', program])
  started.push(parent)
  // Its end is that of its output, which the other one holds too.
  expect(await parent.ended).toBe(0)
})
