// The shared part of call, publish, subscribe and register: their options, opening a session, and leaving it.

import { readFile } from 'node:fs/promises'
import type { AuthMethod, Session, TlsOptions } from '@trunkline/client'
import { UsageError } from '@trunkline/client'
import type { OpenSessionOptions } from '@trunkline/client/session'
import { calls, openSession } from '@trunkline/client/session'
import { MATCH_POLICIES } from '@trunkline/protocol'
import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'
import { takeContexts } from './contexts/context-options.ts'
import { secretOf } from './contexts/secret.ts'
import { failureText } from './failures.ts'
import { didYouMean } from './nearest.ts'
import { parseDuration } from './quantities.ts'
import { readFault } from './read-fault.ts'
import type { Terminal } from './terminal.ts'
import { orStopped } from './waiting.ts'

/** The options of every command that opens a session. */
export interface ClientOptions {
  readonly url: string
  readonly realm: string
  readonly serializer: 'json' | 'msgpack' | 'cbor'
  /** Milliseconds. */
  readonly timeout?: number
  readonly json?: true
  readonly authid?: string
  readonly login?: LoginMethod
  /** The file with certificates to trust. */
  readonly ca?: string
  readonly insecure?: true
  /** Where the secret is, as a context says: `env:NAME` or `file:PATH`. */
  readonly secret?: string
}

/** Those of a command that sends one kind of request. */
export interface RequestOptions extends ClientOptions {
  readonly option: readonly string[]
}

export type LoginMethod = (typeof LOGIN_METHODS)[number]

export const DEFAULT_URL = 'ws://127.0.0.1:8080/ws'
export const DEFAULT_REALM = 'realm1'
/** The realm of the admin API in development mode, and in the templates. */
export const ADMIN_REALM = 'trunkline'
export const LOGIN_METHODS = ['ticket', 'wampcra', 'scram', 'cryptosign', 'jwt'] as const
/** The variable that holds the secret; without it the command asks. On a command line, other users of the machine could read it. */
const SECRET_VARIABLE = 'TRUNKLINE_SECRET'
export const SERIALIZERS: readonly string[] = ['json', 'msgpack', 'cbor']

/** Adds the options of {@link RequestOptions} to a command. */
export function addRequestOptions(command: Command): Command {
  return addClientOptions(command).addOption(
    new Option('--option <key=value>', 'an option of the WAMP request, for example disclose_me=true; may be repeated')
      .default([], 'none')
      .argParser(append),
  )
}

/** Adds the options of {@link ClientOptions} to a command. */
export function addClientOptions(command: Command): Command {
  const realm = new Option('--realm <name>', 'the realm to join').default(DEFAULT_REALM).env('TRUNKLINE_REALM')
  return takeContexts(addSessionOptions(command, realm), 'realm')
}

/** The same for a command of the operator: it joins the realm of the admin API, whatever the realm of the application. */
export function addAdminOptions(command: Command): Command {
  const realm = new Option('--realm <name>', 'the realm of the admin API').default(ADMIN_REALM)
  return takeContexts(addSessionOptions(command, realm), 'adminRealm')
}

function addSessionOptions(command: Command, realm: Option): Command {
  return command
    .addOption(
      new Option('--url <url>', 'the router: ws://, wss://, rs://, rss:// or rs+unix://').default(DEFAULT_URL).env('TRUNKLINE_URL'),
    )
    .addOption(realm)
    .option('--authid <name>', 'log in as this user')
    .addOption(
      new Option('--login <method>', `the login method; the secret is read from ${SECRET_VARIABLE}, or asked for`).choices(LOGIN_METHODS),
    )
    .addOption(wordOption('--serializer <name>', 'the serializer', SERIALIZERS).default('json'))
    .option('--ca <file>', 'trust the certificates (PEM) in this file in place of those of Node')
    .addOption(new Option('--insecure', 'do not check the certificate of the router; for tests only').conflicts('ca'))
    .option('--timeout <duration>', 'end with an error after this time without an answer, for example 5s or 500ms', duration)
    .option('--json', 'print each result and error as one line of JSON')
}

/** An option that takes one of a few words, and suggests one for a wrong word. */
export function wordOption(flags: string, about: string, words: readonly string[]): Option {
  return new Option(flags, about).choices(words).argParser((value) => oneOf(words, value))
}

export function oneOf(words: readonly string[], value: string): string {
  if (words.includes(value)) return value
  throw new InvalidArgumentError(`Expected ${words.join(', ')}${didYouMean(value, words)}`)
}

/**
 * Opens a session, runs `use` with it, and leaves with GOODBYE however `use` ends.
 * @throws the errors of `connect` and `use`; {@link Interrupted} when the user stops the opening
 */
export async function withSession(options: ClientOptions, terminal: Terminal, use: (session: Session) => Promise<void>): Promise<void> {
  const onError = (error: unknown): void => warn(error, terminal)
  const opening = openSession({ url: options.url, ...(await sessionOptions(options, terminal)), calls: calls(), onError })
  const session = await orStopped(opening, terminal.stop)
  try {
    await use(session)
  } finally {
    await session.leave()
  }
}

/** The options of each session of {@link withSession} and of the commands that keep running. */
export async function sessionOptions(
  options: ClientOptions,
  terminal: Terminal,
): Promise<Omit<OpenSessionOptions, 'url' | 'transport' | 'calls'>> {
  const { realm, timeout, authid, serializer } = options
  const auth = await loginOf(options, terminal)
  return {
    realm,
    serializer: await serializerOf(serializer),
    agent: 'trunkline command',
    ...(timeout === undefined ? {} : { openTimeoutMs: timeout }),
    authid,
    auth,
    tls: await tlsOf(options, terminal),
  }
}

async function tlsOf({ ca, insecure }: ClientOptions, terminal: Terminal): Promise<TlsOptions | undefined> {
  if (insecure === true) {
    terminal.complain('warning: --insecure: the certificate is not checked, so any server can pose as the router\n')
    return { rejectUnauthorized: false }
  }
  return ca === undefined ? undefined : { ca: await readCa(ca) }
}

/**
 * The text of the file of `--ca`.
 * @throws {UsageError} (rejects) when it cannot be read
 */
export function readCa(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`--ca ${file} cannot be read: ${readFault(cause)}`, 'TL_USAGE', { cause })
  })
}

/** Prints on stderr an error that does not end the command. */
export function warn(error: unknown, terminal: Terminal): void {
  terminal.complain(`warning: ${failureText(error, false)}\n`)
}

/** Prints on stderr that a command that keeps running is ready. */
export function reportReady(text: string, document: Readonly<Record<string, unknown>>, { json }: ClientOptions, terminal: Terminal): void {
  terminal.complain(`${json === undefined ? text : JSON.stringify(document)}\n`)
}

/** `--match` of subscriptions and registrations. */
export function matchOption(): Option {
  return wordOption('--match <policy>', 'how the URI matches (default: exact)', MATCH_POLICIES)
}

/** Accepts a whole number from 1. */
export function positiveInteger(value: string): number {
  if (!/^[1-9]\d{0,14}$/.test(value)) throw new InvalidArgumentError('Expected a whole number, 1 or more.')
  return Number(value)
}

async function loginOf({ authid, login, secret: reference }: ClientOptions, terminal: Terminal): Promise<AuthMethod | undefined> {
  if (login === undefined) return undefined
  // A token and a key identify their user themselves.
  if (authid === undefined && login !== 'jwt' && login !== 'cryptosign') throw new UsageError(`--login ${login} needs --authid`)
  const secret =
    process.env[SECRET_VARIABLE] ??
    (reference === undefined
      ? await orStopped(terminal.readSecret('Secret: '), terminal.stop)
      : secretOf(reference, (text) => terminal.complain(`warning: ${text}\n`)))
  if (secret === '') throw new UsageError(`--login ${login} needs a secret: in ${SECRET_VARIABLE}, in the context, or on stdin`)
  const { ticketAuth, craAuth, scramAuth, cryptosignAuth, jwtAuth } = await import('@trunkline/client/auth')
  const methods = { ticket: ticketAuth, wampcra: craAuth, scram: scramAuth, cryptosign: cryptosignAuth, jwt: jwtAuth } as const
  return methods[login](secret)
}

async function serializerOf(name: ClientOptions['serializer']): Promise<OpenSessionOptions['serializer']> {
  if (name === 'msgpack') return (await import('@trunkline/client/msgpack')).msgpack()
  if (name === 'cbor') return (await import('@trunkline/client/cbor')).cbor()
  return undefined
}

/** Reads milliseconds. */
export function duration(value: string): number {
  const milliseconds = parseDuration(value)
  if (milliseconds === undefined || milliseconds === 0) throw new InvalidArgumentError('Expected a duration such as 5s, 500ms or 2min.')
  return milliseconds
}

function append(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value]
}
