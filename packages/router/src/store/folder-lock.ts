// One process at a time may write to a folder. The lock is a socket in it, on which the process listens: the system takes it away with the process,
// however that ends, also where processes in containers share nothing but the folder.

import { randomBytes } from 'node:crypto'
import { closeSync, linkSync, openSync, renameSync, unlinkSync } from 'node:fs'
import type { Server } from 'node:net'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'

/** How often a lock of a process that has ended is replaced, when others do the same. */
const ATTEMPTS = 5
const NAME = 'lock'

export class FolderLock {
  readonly #server: Server
  readonly #folder: OpenFolder

  private constructor(server: Server, folder: OpenFolder) {
    this.#server = server
    this.#folder = folder
  }

  /** @returns undefined when another process holds the lock */
  static async take(path: string): Promise<FolderLock | undefined> {
    const folder = new OpenFolder(path)
    try {
      const server = await held(folder)
      if (server !== undefined) return new FolderLock(server, folder)
    } catch (error) {
      folder.close()
      throw error
    }
    folder.close()
    return undefined
  }

  async release(): Promise<void> {
    try {
      unlinkSync(this.#folder.place(NAME))
    } catch {
      // The folder has gone, or the lock.
    }
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#folder.close()
  }
}

/** Names of sockets have about a hundred octets at most: on Linux they are found by the open folder, however long its path is. */
class OpenFolder {
  readonly #path: string
  readonly #handle: number

  constructor(path: string) {
    this.#handle = openSync(path, 'r')
    this.#path = process.platform === 'linux' ? `/proc/self/fd/${this.#handle}` : path
  }

  place(name: string): string {
    return join(this.#path, name)
  }

  close(): void {
    closeSync(this.#handle)
  }
}

async function held(folder: OpenFolder): Promise<Server | undefined> {
  // A name of its own first: a lock that others find is one on which a process listens.
  const own = folder.place(`${NAME}.${randomBytes(4).toString('hex')}`)
  const lock = folder.place(NAME)
  const server = await listening(own)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (isLinked(own, lock)) {
      unlinkSync(own)
      return server
    }
    if (await isHeld(lock, own)) break
  }
  // Takes its own name away, too.
  server.close()
  return undefined
}

function listening(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', reject)
    server.listen({ path }, () => {
      server.unref()
      resolve(server)
    })
  })
}

function isLinked(own: string, lock: string): boolean {
  try {
    linkSync(own, lock)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Whether a process holds the lock. One of a process that has ended is taken away. */
async function isHeld(lock: string, own: string): Promise<boolean> {
  if (await isAnswered(lock)) return true
  // Under another name first: a new lock may have come to its place.
  const gone = `${own}.old`
  try {
    renameSync(lock, gone)
  } catch {
    // Another process was faster.
    return false
  }
  const isNew = await isAnswered(gone)
  if (isNew) isLinked(gone, lock)
  unlinkSync(gone)
  return isNew
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'))
  })
}
