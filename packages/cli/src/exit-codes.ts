// The table of exit codes of the command, and the choice of a row for an error.

import { ApplicationError, ConnectError, DisconnectedError, PayloadError, RevokedError, UsageError } from '@trunkline/client'
import { ContractViolation } from '@trunkline/contract'
import { uris } from '@trunkline/protocol'
import { CommanderError } from 'commander'
import { ContractFault } from './contract/fault.ts'
import { FaultFound } from './fault-found.ts'
import { NotReadyError } from './not-ready.ts'
import { OutputError } from './printed-output.ts'
import { Interrupted, NoAnswerError } from './waiting.ts'
import { WorkerFailed } from './workers/worker-failed.ts'

interface ExitCode {
  readonly code: number
  /** Its meaning, for the help. */
  readonly text: string
}

/** Every exit code of the command. */
export const EXIT_CODES = {
  ok: { code: 0, text: 'done' },
  application: { code: 1, text: 'an error of the router or the callee, or a check found a fault' },
  usage: { code: 2, text: 'the command line, an argument or the configuration is wrong' },
  connection: { code: 3, text: 'no connection, session or answer in time, or no port to listen on' },
  rights: { code: 4, text: 'not authorized, or the router refused the login' },
  fault: { code: 70, text: 'an error in trunkline itself' },
  output: { code: 74, text: 'the output could not be written' },
  interrupted: { code: 130, text: 'interrupted by Ctrl-C' },
  terminated: { code: 143, text: 'ended by SIGTERM' },
} as const satisfies Readonly<Record<string, ExitCode>>

const REFUSALS: ReadonlySet<string> = new Set([
  uris.NOT_AUTHORIZED,
  uris.AUTHORIZATION_FAILED,
  uris.AUTHENTICATION_REQUIRED,
  uris.NO_MATCHING_AUTH_METHOD,
  uris.AUTHENTICATION_DENIED,
  uris.AUTHENTICATION_FAILED,
  uris.NO_SUCH_ROLE,
  uris.NO_SUCH_PRINCIPAL,
])

/** The exit code for the error of a command. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return INTERRUPTIONS[error.signal].code
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.ok.code : EXIT_CODES.usage.code
  if (error instanceof WorkerFailed) return error.exitCode ?? EXIT_CODES.fault.code
  if (error instanceof NotReadyError) return EXIT_CODES.application.code
  if (error instanceof FaultFound) return EXIT_CODES.application.code
  if (error instanceof ContractFault) return EXIT_CODES.application.code
  if (error instanceof ContractViolation) return EXIT_CODES.application.code
  if (error instanceof ApplicationError) return REFUSALS.has(error.uri) ? EXIT_CODES.rights.code : EXIT_CODES.application.code
  if (error instanceof RevokedError) return REFUSALS.has(error.reason ?? '') ? EXIT_CODES.rights.code : EXIT_CODES.application.code
  if (error instanceof ConnectError) return isRefusal(error) ? EXIT_CODES.rights.code : EXIT_CODES.connection.code
  if (error instanceof DisconnectedError) return REFUSALS.has(error.reason) ? EXIT_CODES.rights.code : EXIT_CODES.connection.code
  if (error instanceof NoAnswerError) return EXIT_CODES.connection.code
  if (error instanceof UsageError) return error.code === 'TL_LISTEN' ? EXIT_CODES.connection.code : EXIT_CODES.usage.code
  if (error instanceof PayloadError) return EXIT_CODES.usage.code
  return error instanceof OutputError ? EXIT_CODES.output.code : EXIT_CODES.fault.code
}

/** The table as lines for the help. */
export function exitCodeLines(): string {
  return Object.values(EXIT_CODES)
    .map(({ code, text }) => `  ${String(code).padEnd(4)} ${text}`)
    .join('\n')
}

const INTERRUPTIONS = { SIGINT: EXIT_CODES.interrupted, SIGTERM: EXIT_CODES.terminated } as const

function isRefusal({ code, reason }: ConnectError): boolean {
  return code === 'TL_CONNECT_CHALLENGE' || (reason !== undefined && REFUSALS.has(reason))
}
