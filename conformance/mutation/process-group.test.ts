// Shows that nothing of a program stays behind, whether it ends or does not.

import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { ProcessGroup } from './process-group.ts'

/** A program whose child connects to a port and then loops without an end. */
async function startLooping(end: string): Promise<{ group: ProcessGroup; child: Socket }> {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const loop = `require('net').connect(${port}, '127.0.0.1', () => { process.stdout.write('x'); for (;;); })`
  const program = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(loop)}]).stdout.once('data', () => { ${end} })`
  const group = new ProcessGroup(process.execPath, ['-e', program], '.')
  const [child] = (await once(server, 'connection')) as [Socket]
  return { group, child: child.on('error', () => {}).resume() }
}

it('ends with its children when its time is over', async () => {
  const { group, child } = await startLooping('')
  const closed = once(child, 'close')
  expect(await group.ended(1)).toBeUndefined()
  await closed
})

it('leaves no child behind when it ends by itself', async () => {
  const { group, child } = await startLooping('process.exit(3)')
  const closed = once(child, 'close')
  expect(await group.ended(60_000)).toBe(3)
  await closed
})

it('rejects where the program is not there', async () => {
  await expect(new ProcessGroup('/nowhere/program', [], '.').ended(60_000)).rejects.toThrow('ENOENT')
})
