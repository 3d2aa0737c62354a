// From options to an open session: transport, handshake, and the time limit for both.

import type { Dict } from '@trunkline/protocol'
import { HELLO, REPLACES, UsageError } from '@trunkline/protocol'
import { basicCalls } from './call-parts.ts'
import { check, checkNamed, checkOptions } from './checks.ts'
import { systemClock } from './clock.ts'
import { json } from './json-text.ts'
import type { AuthMethod } from './login.ts'
import type { Challenge, ChallengeAnswer } from './opening.ts'
import { enterRealm } from './opening.ts'
import { dictOf } from './options.ts'
import { rolesWith } from './roles.ts'
import type { Session, SessionOptions, WithCalls } from './session.ts'
import { openTransport } from './transports/open-transport.ts'
import type { ClientSerializer, ClientTransport, WayOptions } from './transports/transport.ts'
import { ConnectError } from './transports/transport.ts'
import { checkUri } from './uri-check.ts'

/** The limit for connection and handshake together. */
export const OPEN_TIMEOUT_MS = 10_000
const AGENT = 'trunkline'
/** The names in {@link HelloOptions}. {@link helloDetails} checks the kinds of the values sent in HELLO. */
export const HELLO_NAMES =
  'realm:string serializer:object authid authrole authextra auth:object authmethods onChallenge:function agent roles openTimeoutMs:number tls:object headers:object httpAgent:object errorUri:string onError:function uriRule:string payloadCodec:object clock:object exposeErrors:boolean random:function'

export interface OpenSessionOptions extends SessionOptions, WayOptions {
  /** `ws://` or `wss://`; in Node also `rs://host:port`, `rss://host:port` (RawSocket, with TLS) and `rs+unix:///path`. */
  readonly url?: string | undefined
  /** In place of `url`: an existing connection, such as one to a router in the same process. */
  readonly transport?: ClientTransport | undefined
  /** Null or absent: the router assigns one, if it does so for this client (`session.realm` then names it). */
  readonly realm?: string | null | undefined
  /** Default JSON. Others come from `@trunkline/client/msgpack` and `@trunkline/client/cbor`. */
  readonly serializer?: ClientSerializer | undefined
  readonly authid?: string | undefined
  readonly authrole?: string | undefined
  readonly authextra?: Dict | undefined
  /** How to log in: a method of `@trunkline/client/auth`, or several in the order of preference. Without it the session is anonymous. */
  readonly auth?: AuthMethod | readonly AuthMethod[] | undefined
  /** Names of further methods, whose CHALLENGE `onChallenge` answers. */
  readonly authmethods?: readonly string[] | undefined
  /** Answers each CHALLENGE of a method that is not in `auth`. */
  readonly onChallenge?: ((challenge: Challenge) => ChallengeAnswer | Promise<ChallengeAnswer>) | undefined
  /** The name of this implementation, for the router. */
  readonly agent?: string | undefined
  /** The roles announced, with their features. Default: all four, with the features of this client. */
  readonly roles?: Dict | undefined
  /** The limit for connection and handshake together. Default 10 s. */
  readonly openTimeoutMs?: number | undefined
}

/** The options of an opening except the address of the router. */
export interface HelloOptions extends Omit<OpenSessionOptions, 'url' | 'transport' | 'calls'>, WithCalls {
  /** The lost session of the same client, which the router ends if it has not noticed the loss yet. */
  readonly replaces?: number | undefined
}

/**
 * Connects to a router and opens a session.
 *
 * @example
 * import { openSession } from '@trunkline/client/session'
 *
 * const session = await openSession({ url: 'ws://127.0.0.1:8080/ws', realm: 'realm1' })
 * const value = await session.call('com.example.add', [2, 3])
 * await session.leave()
 *
 * @throws {UsageError} when the options cannot work
 * @throws {ConnectError} when no session could be opened; its `code` and `reason` say why
 */
export async function openSession(options: OpenSessionOptions): Promise<Session> {
  checkNamed('options', options, `url:string transport:object calls:object ${HELLO_NAMES}`)
  return openWithin({ ...options, calls: options.calls ?? basicCalls }, (signal) => transportOf(options, signal))
}

/**
 * Opens a session as {@link openSession} does, on a connection that `open` makes.
 * @param open rejects when its signal aborts
 * @param opening abandons the opening when the caller aborts it, with the reason of the abort
 */
export async function openWithin(
  options: HelloOptions,
  open: (signal: AbortSignal) => Promise<ClientTransport>,
  opening = new AbortController(),
): Promise<Session> {
  const details = helloDetails(options)
  const { clock = systemClock, openTimeoutMs: limit = OPEN_TIMEOUT_MS } = options
  const cancelTimer = clock.setTimer(() => opening.abort(new ConnectError('TL_CONNECT_TIMEOUT', `no session within ${limit} ms`)), limit)
  const { signal } = opening
  try {
    const transport = await open(signal)
    if (signal.aborted) transport.close()
    signal.throwIfAborted()
    const [method] = [options.auth].flat()
    return await (method?.run ?? enterRealm)(transport, { ...options, realm: options.realm ?? null, details, signal })
  } finally {
    cancelTimer()
  }
}

/**
 * The Details of HELLO.
 * @throws {UsageError} when a router would refuse them or the realm
 */
export function helloDetails(options: HelloOptions): Dict {
  const { authid, authrole, authextra, authmethods, agent = AGENT, calls, replaces } = options
  const realm = options.realm ?? null
  const { roles = rolesWith(calls.features), uriRule: rule = 'loose' } = options
  if (rule !== 'loose' && rule !== 'strict') throw new UsageError('uriRule: expected loose or strict')
  for (const uri of [realm, options.errorUri ?? null]) if (uri !== null) checkUri(uri, rule)
  checkParts(options)
  const details = dictOf({ roles, agent, authid, authrole, authextra, authmethods, [REPLACES]: replaces })
  checkOptions({ type: HELLO, realm, details })
  return details
}

/** @throws {UsageError} when an object among the options lacks the method by which it is used */
function checkParts({ serializer, payloadCodec, auth }: HelloOptions): void {
  checkMethod('serializer', serializer, 'encode')
  checkMethod('payloadCodec', payloadCodec, 'seal')
  for (const method of [auth].flat()) checkMethod('auth', method, 'run')
}

function checkMethod(what: string, value: object | undefined | null, name: string): void {
  if (value !== undefined && value !== null) check(`${what}.${name}`, (value as Dict)[name], 'function')
}

async function transportOf(options: OpenSessionOptions, signal: AbortSignal): Promise<ClientTransport> {
  const { url, transport, serializer = json() } = options
  if (!url === !transport) throw new UsageError('one of url and transport')
  return transport ?? openTransport(url as string, { ...options, serializer, signal })
}
