// Shows that the file of a Unix socket is never more open than it is to be.

import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { closeServer, listen } from './listener.ts'

it.runIf(isMainThread && process.platform !== 'win32')(
  'a Unix socket has its permissions as soon as it is there, whatever the umask is, which stays',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trunkline-mode-'))
    const path = join(folder, 'a.sock')
    const before = process.umask(0)
    try {
      const server = createServer()
      const first: number[] = []
      // Before anything else can change it.
      server.once('listening', () => first.push(statSync(path).mode & 0o777))
      await listen(server, { path, mode: 0o660 }, { onError: () => {} })
      expect([...first, statSync(path).mode & 0o777, process.umask()]).toEqual([0o660, 0o660, 0])
      await closeServer(server)
    } finally {
      process.umask(before)
      rmSync(folder, { recursive: true })
    }
  },
)
