// Shows live traffic as `trunkline tail` prints it.

import { openSession } from '@trunkline/client/session'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { result, Running, startDev } from '../testing/running-command.ts'

let node: Running
let url: string
beforeAll(async () => {
  ;({ node, url } = await startDev())
})
afterAll(() => node.interrupt())

/** A tail that has begun: it shows that another session joins. */
async function tail(...words: string[]): Promise<Running> {
  const command = new Running(['tail', '--url', url, ...words])
  await node.shows(/"msg":"traffic watched"/)
  node.out = ''
  return command
}

it('prints a line for each call, publication and change, and what it skips, until it is stopped', async () => {
  const command = await tail('--in', 'realm1')
  const session = await openSession({ url, realm: 'realm1', agent: 'evil' })
  expect((await result('call', 'com.example.add', '2', '3', '--url', url)).code).toBe(0)
  await session.publish('com.example.evil', ['secret'], { acknowledge: true })
  await session.leave()
  await command.shows(/ leave .*#\d+\n[^]* leave /)
  expect(await command.interrupt()).toBe(0)
  const lines = command.out.split('\n').map((line) => line.replaceAll(/\d{6,}/g, 'N').replace(/^[\d:.]{12} /, ''))
  expect(lines).toContain(' join         realm1  anonymous-N#N')
  expect(lines.find((line) => line.startsWith(' call'))).toMatch(
    / call {9}realm1 {2}com\.example\.add {2}anonymous-N#N → anonymous-N#N {2}result {2}[\d.]+ ms/,
  )
  expect(lines).toContain(' publish      realm1  com.example.evil  anonymous-N#N  to 0')
  expect(command.out).not.toContain('secret')
})

it('prints JSON with payload where it is asked for, filtered by URI, kind and outcome', async () => {
  const command = await tail('com.example', '--match', 'prefix', '--kind', 'call', '--failed', '--payload', '--json')
  await result('call', 'com.example.add', '2', '3', '--url', url)
  await result('call', 'com.example.none', '"x"', '--url', url)
  await command.shows(/none/)
  expect(await command.interrupt()).toBe(0)
  const lines = command.out.trim().split('\n')
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { kind: 'call', uri: 'com.example.none', outcome: 'unmatched', payload: { args: ['x'], kwargs: {} } },
  ])
})

it('goes on over a new session when its own has ended', async () => {
  const command = await tail('--kind', 'publish')
  const { out } = await result('ls', 'sessions', '--in', 'trunkline', '--json', '--url', url)
  const ids = out
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { session: number }).session)
  expect((await result('kick', String(ids[0]), '--url', url)).code).toBe(0)
  await node.shows(/"msg":"traffic watched"/)
  await result('publish', 'com.example.news', '--url', url)
  await command.shows(/com\.example\.news/)
  expect(command.err).toContain('connected again')
  expect(await command.interrupt()).toBe(0)
})

it('tells wrong words and realms', async () => {
  expect(await result('tail', '--kind', 'calls', '--url', url)).toMatchObject({
    code: 2,
    err: expect.stringContaining("did you mean 'call'?") as string,
  })
  expect(await result('tail', '--in', 'nowhere', '--url', url)).toMatchObject({
    code: 1,
    err: "error: wamp.error.no_such_realm: there is no realm 'nowhere'\n",
  })
})
