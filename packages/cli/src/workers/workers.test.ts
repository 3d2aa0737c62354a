// Shows a router of several processes: they share its ports, are replaced when they die, reload all or none, and stop together.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { calls, openSession } from '@trunkline/client/session'
import { Child } from '@trunkline/testkit/child'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { buildCommand } from '../../../../scripts/build-command.mjs'
import type { Line } from '../testing/workers-scene.ts'
import { WorkersFolder, workersOf } from '../testing/workers-scene.ts'

let folder: WorkersFolder

beforeAll(async () => {
  folder = await WorkersFolder.make(buildCommand)
})
afterEach(() => Child.killAll())
afterAll(() => folder.remove())

function configure(realms: string, port = 0): void {
  folder.configure(`workers: 2\nlisteners: [{ websocket: { host: 127.0.0.1, port: ${port} } }]\nrealms: { ${realms} }\n`)
}

const REALM = '{ anonymous: { role: guest }, roles: { guest: [{ uri: com.**, allow: [call, register, publish, subscribe] }] } }'

const NO_LINE: Line = { msg: '' }

const join1 = (url: string) => openSession({ url, realm: 'realm1', calls: calls() })

describe.skipIf(process.platform !== 'linux')('several processes of one router', () => {
  it('share a port, and stop together', async () => {
    configure(`realm1: ${REALM}`)
    const pidFile = join(folder.path, 'router.pid')
    const routers = folder.start('--pid-file', pidFile)
    await routers.logs('all workers are open')
    const listening = await routers.logs('listening', 2)
    const joined = await routers.logs('node joined', 2)
    // None listens before all know each other.
    expect(Math.max(...joined.map((line) => routers.placeOf(line)))).toBeLessThan(
      Math.min(...listening.map((line) => routers.placeOf(line))),
    )
    expect((await routers.logs('all workers are open'))[0]).toMatchObject({ workers: 2, addresses: [listening[0]?.address] })
    expect(new Set(listening.map(({ address }) => address)).size).toBe(1)
    expect(new Set(listening.map(({ worker }) => worker))).toEqual(new Set(['worker-0', 'worker-1']))
    expect(readFileSync(pidFile, 'utf8')).toBe(`${routers.child.pid}\n`)
    const session = await join1(listening[0]?.address ?? '')
    const left = session.closed
    expect(await routers.child.stop('SIGTERM')).toBe(0)
    expect(await left).toMatchObject({ reason: 'wamp.close.system_shutdown' })
    expect(await routers.logs('stopped', 2)).toHaveLength(2)
    expect(existsSync(pidFile)).toBe(false)
  })

  it('are replaced when they die; the sessions of the others stay', async () => {
    configure(`realm1: ${REALM}`)
    const routers = folder.start()
    await routers.logs('all workers are open')
    const address = (await routers.logs('listening', 2))[0]?.address ?? ''
    const sessions = await Promise.all(Array.from({ length: 16 }, () => join1(address)))
    const [victim = 0] = workersOf(routers.child.pid)
    process.kill(victim, 'SIGKILL')
    const [died] = await routers.logs('a worker died; its sessions are gone')
    expect(died).toMatchObject({ node: 'worker-0', error: expect.stringContaining('SIGKILL') as string })
    await routers.logs('the worker was replaced')
    expect(sessions.some(({ isOpen }) => isOpen)).toBe(true)
    await expect(join1(address)).resolves.toMatchObject({ isOpen: true })
    expect(await routers.child.stop('SIGTERM')).toBe(0)
  })

  it('stop also while one of them is being replaced', async () => {
    configure(`realm1: ${REALM}`)
    const routers = folder.start()
    await routers.logs('all workers are open')
    process.kill(workersOf(routers.child.pid)[1] ?? 0, 'SIGKILL')
    await routers.logs('a worker died; its sessions are gone')
    expect(await routers.child.stop('SIGTERM')).toBe(0)
  })

  it('go on where one cannot be replaced, since the configuration has mistakes now, until they are mended', async () => {
    configure(`realm1: ${REALM}`)
    const routers = folder.start()
    await routers.logs('all workers are open')
    const address = (await routers.logs('listening', 2))[0]?.address ?? ''
    configure(`realm1: { nonsense: 1 }`)
    process.kill(workersOf(routers.child.pid)[1] ?? 0, 'SIGKILL')
    expect(await routers.logs('a worker cannot be started again; the others go on')).toMatchObject([{ node: 'worker-1', exitCode: 2 }])
    await expect(join1(address)).resolves.toMatchObject({ isOpen: true })
    configure(`realm1: ${REALM}`)
    routers.child.kill('SIGHUP')
    await routers.logs('the worker was replaced')
    expect(await routers.child.stop('SIGTERM')).toBe(0)
  })

  it('serve their realms together', async () => {
    configure(`realm1: ${REALM}`)
    const routers = folder.start()
    await routers.logs('all workers are open')
    const [{ address = '' } = NO_LINE] = await routers.logs('listening', 2)
    const sessions = await Promise.all(Array.from({ length: 12 }, () => join1(address)))
    const [first, second] = sessions
    await first?.register('com.example.add', ({ args }) => Number(args[0]) + Number(args[1]))
    expect(await Promise.all(sessions.map((session) => session.call('com.example.add', [1, 2])))).toEqual(sessions.map(() => 3))
    await expect(second?.register('com.example.add', () => 0)).rejects.toThrow('procedure_already_exists')
    const got: unknown[] = []
    const all = new Promise<void>((resolve) => {
      const take = ({ args }: { readonly args: readonly unknown[] }): void => void (got.push(args[0]) === sessions.length - 1 && resolve())
      void Promise.all(sessions.map((session) => session.subscribe('com.example.news', take))).then(() =>
        first?.publish('com.example.news', ['here']),
      )
    })
    await all
    expect(got).toEqual(sessions.slice(1).map(() => 'here'))
    expect(await routers.child.stop('SIGTERM')).toBe(0)
  })

  it('have their metrics in one page', async () => {
    folder.configure(
      `workers: 2\nlisteners: [{ websocket: { host: 127.0.0.1, port: 0, metrics: { addresses: [127.0.0.1] } } }]\nrealms: { realm1: ${REALM} }\n`,
    )
    const routers = folder.start()
    await routers.logs('all workers are open')
    const address = (await routers.logs('listening', 2))[0]?.address ?? ''
    const sessions = await Promise.all(Array.from({ length: 16 }, () => join1(address)))
    const page = await fetch(new URL('/metrics', address.replace('ws:', 'http:')))
    expect(await page.text()).toContain('trunkline_sessions{realm="realm1"} 16\n')
    await Promise.all(sessions.map((session) => session.leave()))
    expect(await routers.child.stop('SIGTERM')).toBe(0)
  })

  it('reload all, or none', async () => {
    configure(`realm1: ${REALM}`)
    const routers = folder.start()
    await routers.logs('all workers are open')
    configure(`realm1: ${REALM}, realm2: ${REALM}`)
    routers.child.kill('SIGHUP')
    const reloaded = await routers.logs('configuration reloaded', 2)
    expect(reloaded.map(({ changes }) => changes)).toEqual([['realms.realm2 added'], ['realms.realm2 added']])
    configure(`realm1: ${REALM}, realm3: { nonsense: 1 }`)
    routers.child.kill('SIGHUP')
    await routers.logs('configuration not reloaded; the old one holds')
    configure(`realm1: ${REALM}`)
    routers.child.kill('SIGHUP')
    const again = await routers.logs('configuration reloaded', 4)
    expect(again.slice(2).map(({ changes }) => changes)).toEqual([['realms.realm2 removed'], ['realms.realm2 removed']])
    expect(await routers.child.stop('SIGTERM')).toBe(0)
  })

  it('do not start where one cannot: one error, and the exit code of the worker', async () => {
    configure(`realm1: ${REALM}`)
    const first = folder.start('--workers', '1')
    const address = (await first.logs('listening'))[0]?.address ?? ''
    configure(`realm1: ${REALM}`, Number(new URL(address).port))
    const second = folder.start()
    expect(await second.child.ended).toBe(3)
    expect(second.child.output.match(/is in use/g)).toHaveLength(1)
    expect(await first.child.stop('SIGTERM')).toBe(0)
  })

  it.each(['0', '65', 'many'])('are not %s', async (count) => {
    configure(`realm1: ${REALM}`)
    const routers = folder.start('--workers', count)
    expect(await routers.child.ended).toBe(2)
    expect(routers.child.output).toContain('expected a number from 1 to 64, or auto')
  })
})
