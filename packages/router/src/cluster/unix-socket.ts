// The folder and the sockets by which the processes of one machine find one another.

import { once } from 'node:events'
import { lstat, mkdir, rm } from 'node:fs/promises'
import type { Server } from 'node:net'
import { connect } from 'node:net'
import { join } from 'node:path'
import { UsageError } from '@trunkline/protocol'

/** The shortest limit of the systems: that of macOS and BSD, without the zero at the end. */
const LONGEST_PATH = 103
const FAILED = 'TL_LISTEN'

/**
 * The socket of a node.
 * @throws {UsageError} when the path is longer than a socket may have
 */
export function socketOf(folder: string, node: string): string {
  const path = join(folder, `${node}.sock`)
  const octets = Buffer.byteLength(path)
  if (octets > LONGEST_PATH) {
    throw new UsageError(`the path of a socket has at most ${LONGEST_PATH} octets: ${path} has ${octets}; choose a shorter folder`, FAILED)
  }
  return path
}

/**
 * Makes the folder if it is not there. Who can write to it can speak for any node.
 * @throws {UsageError} when others than its owner may enter it, it belongs to another user, or it cannot be made
 */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new UsageError(`cannot make the folder ${folder}: ${messageOf(error)}`, FAILED, { cause: error })
  }
  const found = await lstat(folder)
  if (!found.isDirectory()) throw new UsageError(`${folder} is no folder`, FAILED)
  if (found.uid !== process.getuid?.()) throw new UsageError(`the folder ${folder} belongs to another user`, FAILED)
  if ((found.mode & 0o077) !== 0) throw new UsageError(`others may enter the folder ${folder}: chmod 700 ${folder}`, FAILED)
}

/**
 * Listens at a path. The socket that a dead process has left there is replaced.
 * @throws {UsageError} when a process listens there, or the path cannot be used
 */
export async function listenAt(server: Server, path: string): Promise<void> {
  try {
    await listenOnce(server, path)
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw new UsageError(`cannot listen on ${path}: ${messageOf(error)}`, FAILED, { cause: error })
    if (!(await isAbandoned(path)))
      throw new UsageError(`${path} is in use: another process has the name of this node`, FAILED, { cause: error })
    await rm(path, { force: true })
    await listenOnce(server, path)
  }
}

async function listenOnce(server: Server, path: string): Promise<void> {
  // Also in a process of `node:cluster`, which would else share the socket with others.
  server.listen({ path, exclusive: true })
  await once(server, 'listening')
}

/** Whether this is a socket at which no process listens. Any other file is not ours to remove. */
async function isAbandoned(path: string): Promise<boolean> {
  const found = await lstat(path)
  if (!found.isSocket()) return false
  const probe = connect({ path })
  try {
    await once(probe, 'connect')
    return false
  } catch (error) {
    return codeOf(error) === 'ECONNREFUSED'
  } finally {
    probe.destroy()
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
