// One process at a time may write to a folder. The lock is a socket in it, on which the process listens: the system takes it away with the process,
// however that ends, also where processes in containers share nothing but the folder.

import { randomBytes } from 'node:crypto'
import { linkSync, renameSync, unlinkSync } from 'node:fs'
import type { Server } from 'node:net'
import { connect, createServer } from 'node:net'
import { join, relative } from 'node:path'

/** How often a lock of a process that has ended is replaced, when others do the same. */
const ATTEMPTS = 5

export class FolderLock {
  readonly #server: Server
  readonly #path: string

  private constructor(server: Server, path: string) {
    this.#server = server
    this.#path = path
  }

  /** @returns undefined when another process holds the lock */
  static async take(folder: string): Promise<FolderLock | undefined> {
    const path = join(folder, 'lock')
    // A name of its own first: a lock that others find is one on which somebody listens.
    const own = `${path}.${randomBytes(4).toString('hex')}`
    const server = await listening(own)
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (isLinked(own, path)) {
        unlinkSync(own)
        return new FolderLock(server, path)
      }
      if (await isHeld(path, own)) break
    }
    server.close()
    return undefined
  }

  async release(): Promise<void> {
    try {
      unlinkSync(this.#path)
    } catch {
      // The folder has gone, or the lock.
    }
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }
}

function listening(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', reject)
    server.listen({ path: shortest(path) }, () => {
      server.unref()
      resolve(server)
    })
  })
}

function isLinked(own: string, path: string): boolean {
  try {
    linkSync(own, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Whether a process holds the lock. One of a process that has ended is taken away. */
async function isHeld(path: string, own: string): Promise<boolean> {
  if (await isAnswered(path)) return true
  // Under another name first: a new lock may have come to its place.
  const gone = `${own}.old`
  try {
    renameSync(path, gone)
  } catch {
    // Another process was faster.
    return false
  }
  const isNew = await isAnswered(gone)
  if (isNew) isLinked(gone, path)
  unlinkSync(gone)
  return isNew
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path: shortest(path) })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'))
  })
}

/** Names of sockets are short: about a hundred octets. */
function shortest(path: string): string {
  const near = relative(process.cwd(), path)
  return near.length < path.length ? near : path
}
