// The demo procedures of `trunkline dev`, registered by a session in the same process as any client over
// the network could.

import type { Session } from '@trunkline/client'
import { ApplicationError, Result } from '@trunkline/client'
import { openSession } from '@trunkline/client/session'
import { uris } from '@trunkline/protocol'
import type { Router } from '@trunkline/router'

/** Joins the realm and registers `com.example.add` and `com.example.echo`. */
export async function openDemo(router: Router, realm: string): Promise<Session> {
  const session = await openSession({ transport: router.openLocal(), realm, agent: 'trunkline demo' })
  await session.register('com.example.add', ({ args }) => add(args))
  await session.register('com.example.echo', ({ args, kwargs }) => new Result(args, kwargs))
  return session
}

function add(args: readonly unknown[]): number {
  return args.reduce<number>((sum, value) => {
    if (typeof value !== 'number') throw new ApplicationError(uris.INVALID_ARGUMENT, ['the arguments of com.example.add must be numbers'])
    return sum + value
  }, 0)
}
