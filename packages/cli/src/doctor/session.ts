// Whether a client gets a session, how fast answers come, what the router announces, and whether an idle session stays open.

import { setTimeout as wait } from 'node:timers/promises'
import type { Session } from '@trunkline/client'
import { ApplicationError, ConnectError, UsageError } from '@trunkline/client'
import type { OpenSessionOptions } from '@trunkline/client/session'
import { calls, openSession } from '@trunkline/client/session'
import { LIMITS } from '@trunkline/protocol'
import { sizeText } from '../quantities.ts'
import { orStopped } from '../waiting.ts'
import type { Findings } from './findings.ts'
import { textOfError } from './findings.ts'

const PINGS = 5
const NEVER = new AbortController().signal
/** An answer that takes so many times as long as a connection, and so long, is delayed by something in between. */
const DELAYED_FACTOR = 20
const DELAYED_MS = 200

export interface SessionCheck {
  readonly options: OpenSessionOptions
  /** How long a connection takes, in milliseconds. */
  readonly connectMs: number
  /** How long to say nothing, in milliseconds; absent: do not try. */
  readonly idleMs: number | undefined
  /** How long to wait for an answer, in milliseconds. */
  readonly patienceMs: number
}

/** Opens a session and looks at it. */
export async function checkSession({ options, connectMs, idleMs, patienceMs }: SessionCheck, findings: Findings): Promise<void> {
  let session: Session
  try {
    session = await openSession({ ...options, calls: calls() })
  } catch (error) {
    if (error instanceof UsageError) throw error
    return findings.fault('login', textOfError(error), adviceFor(error))
  }
  const { authid, authrole, authmethod, agent } = session.details
  findings.ok('login', `joined ${session.realm} as ${String(authid)}, role ${String(authrole)}, by ${String(authmethod ?? 'no login')}`)
  findings.ok('router', String(agent ?? 'names no agent'))
  tellLimits(session, findings)
  try {
    await checkPing(session, { connectMs, patienceMs }, findings)
    if (idleMs !== undefined) await checkIdle(session, idleMs, findings)
  } finally {
    // The session is open until the router answers: one that does not is no further finding.
    if (session.isOpen) await orStopped(session.leave(), NEVER, patienceMs).catch(() => undefined)
  }
}

function adviceFor(error: unknown): string {
  const { reason = '', code = '' } = error instanceof ConnectError ? error : {}
  const advice = Object.entries(ADVICE).find(([part]) => reason.includes(part) || code.includes(part))?.[1]
  return advice ?? 'see the log of the router'
}

const ADVICE: Readonly<Record<string, string>> = {
  no_such_realm: 'correct --realm; the router knows its realms by its configuration',
  no_matching_auth_method: 'choose another --login: the realm does not offer this one, or needs one',
  authentication: 'see name and secret; an access log of the router says more',
  no_such_principal: 'see --authid',
  no_such_role: 'the role of this user is not in the realm',
  TL_CONNECT_TIMEOUT: 'the connection is open and no WELCOME comes: that may be no WAMP router, or its authenticator is slow',
  TL_CONNECT_CHALLENGE: 'the router asks for another login: choose it by --login',
}

/** What the router announces of its bounds: ours does. */
function tellLimits({ details }: Session, findings: Findings): void {
  const limits = details[LIMITS]
  if (typeof limits !== 'object' || limits === null) return
  const texts = Object.entries(limits).map(([name, value]) => `${name} ${name === 'message' ? sizeText(Number(value)) : String(value)}`)
  findings.ok('limits', texts.join(', '))
}

/** Measures calls; an ERROR is an answer too, so that no right is needed. */
async function checkPing(
  session: Session,
  { connectMs, patienceMs }: Pick<SessionCheck, 'connectMs' | 'patienceMs'>,
  findings: Findings,
): Promise<void> {
  const times: number[] = []
  for (let i = 0; i < PINGS; i++) {
    const begin = performance.now()
    try {
      await orStopped(session.call('wamp.session.count'), NEVER, patienceMs)
    } catch (error) {
      if (!(error instanceof ApplicationError)) return findings.fault('ping', textOfError(error), 'see the log of the router')
    }
    times.push(performance.now() - begin)
  }
  const best = Math.min(...times)
  const text = `answers take ${best.toFixed(1)} ms, at most ${Math.max(...times).toFixed(1)} ms`
  if (best > DELAYED_MS && best > connectMs * DELAYED_FACTOR) {
    const advice = 'a proxy in between buffers (nginx: proxy_buffering off), or the router has too much to do: trunkline status'
    findings.warning('ping', `${text}, and a connection only ${connectMs.toFixed(1)} ms`, advice)
  } else findings.ok('ping', text)
}

async function checkIdle(session: Session, idleMs: number, findings: Findings): Promise<void> {
  const begin = performance.now()
  const closed = await Promise.race([session.closed, wait(idleMs, undefined)])
  const seconds = Math.round((performance.now() - begin) / 1_000)
  if (closed === undefined) return findings.ok('idle', `the session stays open without traffic for ${seconds} s`)
  const text = `the session was closed after ${seconds} s without traffic: ${closed.reason}`
  findings.fault(
    'idle',
    text,
    'a proxy in between cuts idle connections: raise its time limit (nginx: proxy_read_timeout), or have the router ping',
  )
}
