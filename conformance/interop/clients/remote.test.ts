// Shows that a program is driven as its library would be, with a program of a few lines.

import { afterEach, expect, it } from 'vitest'

import type { ClientSession, Happened } from './client.ts'
import { PeerError } from './client.ts'
import { RemoteClient } from './remote.ts'

/** A program with a router of its own: a call is an invocation of what is registered, a publication an event. */
const PROGRAM = `
  const print = (line) => console.log(JSON.stringify(line))
  const calls = []
  const commands = {
    join: ({ login }) => ({ id: 7, authid: login?.authid ?? 'anyone', authrole: 'some' }),
    register: () => 1,
    subscribe: () => 2,
    publish: ({ session, uri, values }) => { print({ notice: 'event', session, uri, values, details: { topic: uri } }); return 3 },
    close: () => null,
    yield: ({ values }) => { print({ number: calls.shift(), value: { args: null, ...values } }); return null },
    fail: ({ uri, values }) => { print({ number: calls.shift(), failure: { uri, values } }); return null },
  }
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { number, command } = JSON.parse(line)
    if (command.uri === 'end') process.exit(3)
    if (command.op !== 'call') return print({ number, value: commands[command.op](command) })
    calls.push(number)
    print({ notice: 'invocation', session: command.session, uri: command.uri, invocation: 1, values: command.values })
  })`
const PLACE = { url: 'ws://127.0.0.1:1/', realm: 'some', serializer: 'json' }

let client: RemoteClient

afterEach(() => client.close())

async function join(): Promise<ClientSession> {
  client = new RemoteClient([process.execPath, '-e', PROGRAM])
  return client.join({ ...PLACE, login: { authid: 'me', method: 'ticket', secret: 'x' } })
}

it('takes results, errors and events from a program', async () => {
  const session = await join()
  expect([session.id, session.welcome['authid']]).toEqual([7, 'me'])
  await session.register('echo', ({ args, kwargs }) => ({ args, kwargs }))
  await session.register('fail', ({ args }) => {
    throw new PeerError('some.error', { args, kwargs: {} })
  })
  expect(await session.call('echo', { kwargs: { a: 1 } }).result).toEqual({ args: [], kwargs: { a: 1 } })
  await expect(session.call('fail', { args: [2] }).result).rejects.toMatchObject({ uri: 'some.error', values: { args: [2] } })
  const events: Happened[] = []
  expect(await session.subscribe('topic', (event) => events.push(event))).toBe(2)
  expect(await session.publish('topic', { args: [3] })).toBe(3)
  expect(events).toEqual([{ args: [3], kwargs: {}, details: { topic: 'topic' } }])
})

it('starts a program that has ended anew', async () => {
  const session = await join()
  await expect(session.call('end').result).rejects.toThrow('ended with 3')
  expect((await client.join(PLACE)).welcome['authid']).toBe('anyone')
})
