// The shared part of subscribe and register: a client that reconnects and reports it. The command ends if the first session
// cannot be opened or the declaration is refused, so that a script does not wait forever because of a mistyped name.

import type { Client, CloseInfo, Declared, ErrorContext, ErrorSource } from '@trunkline/client'
import { createClient, DisconnectedError } from '@trunkline/client'
import type { ClientOptions } from './client-session.ts'
import { sessionOptions, warn } from './client-session.ts'
import { failureText } from './failures.ts'
import type { Terminal } from './terminal.ts'
import { Interrupted, orStopped, untilAborted } from './waiting.ts'

export interface Serving {
  /** Reports that the command is ready. */
  readonly ready: (id: number) => void
  /** Ends the command. */
  readonly done?: Promise<void> | undefined
  readonly timeoutMs?: number | undefined
}

/**
 * Connects, declares a subscription or registration, and serves it until the user stops the command, `done` resolves or stdout
 * has no reader. `--timeout` limits the wait for the first answer.
 * @throws the reason why no session could be opened or none will follow, or the final refusal of the declaration
 */
export async function serveWith(
  options: ClientOptions,
  terminal: Terminal,
  declare: (client: Client) => Declared,
  { ready, done = new Promise(() => {}), timeoutMs }: Serving,
): Promise<void> {
  await withLastingClient(options, terminal, async (client, failed) => {
    const declared = declare(client)
    await orStopped(Promise.race([declared.ready, failed]), terminal.stop, options.timeout)
    if (declared.state.status === 'active') ready(declared.state.id)
    await untilStopped(Promise.race([failed, done, untilAborted(terminal.unread)]), terminal, timeoutMs)
  })
}

/**
 * Runs `use` with a client that connects again when its session is lost, and stops it however `use` ends.
 * @param use gets a promise that rejects when no session will follow
 */
export async function withLastingClient(
  options: ClientOptions,
  terminal: Terminal,
  use: (client: Client, failed: Promise<never>) => Promise<void>,
): Promise<void> {
  const ending = new AbortController()
  const client = createClient({
    url: options.url,
    ...(await sessionOptions(options, terminal)),
    onError: (error, source, about) => {
      if (isFinalRefusal(source, about)) ending.abort(error)
      // The states tell of connections.
      else if (source !== 'connection') warn(error, terminal)
    },
  })
  const failed = failureOf(client, ending, options, terminal)
  try {
    await use(client, failed)
  } finally {
    await client.stop()
  }
}

/** Waits until the user stops the command, which is no error. */
export async function untilStopped(served: Promise<void>, terminal: Terminal, timeoutMs: number | undefined): Promise<void> {
  try {
    await orStopped(served, terminal.stop, timeoutMs)
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
  }
}

/** Whether an error is the refusal of a declaration that the client does not ask for again. */
function isFinalRefusal(source: ErrorSource, { declaration }: ErrorContext): boolean {
  const state = declaration?.state
  return source === 'restoration' && state?.status === 'refused' && state.until === undefined
}

/** Rejects when no session will follow; reports lost and new sessions. */
function failureOf(client: Client, ending: AbortController, { json }: ClientOptions, terminal: Terminal): Promise<never> {
  const say = (text: string, document: Readonly<Record<string, unknown>>): void =>
    terminal.complain(`${json === undefined ? text : JSON.stringify(document)}\n`)
  let isFirst = true
  client.onState((state) => {
    if (state.status === 'stopped' && state.cause !== undefined) ending.abort(state.cause)
    else if (state.status === 'waiting') {
      const cause = errorOf(state.cause)
      if (isFirst) return ending.abort(cause)
      const milliseconds = Math.max(0, state.until - Date.now())
      const reason = failureText(cause, false)
      say(`no connection: ${reason}; next attempt in ${Math.ceil(milliseconds / 1000)} s`, {
        disconnected: reason,
        next_attempt_ms: milliseconds,
      })
    } else if (state.status === 'connected') {
      if (!isFirst) say(`connected again to ${shown(state.url)}; events in between are missing`, { connected: shown(state.url) })
      isFirst = false
    }
  })
  return untilAborted(ending.signal).then(() => {
    throw ending.signal.reason
  })
}

function errorOf(cause: CloseInfo | Error): Error {
  return cause instanceof Error ? cause : new DisconnectedError(true, cause)
}

/** A URL without its possible secrets: the user name, the password and the query. */
function shown(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}
