// The texts of errors on stderr, for people and for programs.

import { ApplicationError, UsageError } from '@trunkline/client'
import { ContractViolation } from '@trunkline/contract'
import { RELOAD_FAILED } from '@trunkline/protocol'
import { ContractFault } from './contract/fault.ts'
import { JsonText } from './json-text.ts'
import { printableLine } from './printable.ts'

/** One line for people; for a configuration one more per mistake. A bug of this program is shown with its stack. */
export function failureText(error: unknown, isFault: boolean): string {
  if (error instanceof ApplicationError) return applicationErrorText(error)
  if (error instanceof ContractFault || (error instanceof UsageError && error.code === 'TL_CONFIG'))
    return error.message.split('\n').map(printableLine).join('\n')
  if (error instanceof ContractViolation)
    return printableLine(`the router answered with what this version of trunkline does not understand: ${error.message}`)
  if (!(error instanceof Error)) return printableLine(String(error))
  return isFault ? `an error in trunkline itself; please report it\n${error.stack ?? error.message}` : printableLine(error.message)
}

/** One JSON document for programs. */
export function failureJson(error: unknown): string {
  const json = new JsonText()
  if (error instanceof ApplicationError) return json.line({ error: error.uri, args: error.args, kwargs: error.kwargs })
  const message = error instanceof Error ? error.message : String(error)
  const reason = error instanceof Error && 'reason' in error && typeof error.reason === 'string' ? { reason: error.reason } : {}
  return json.line({ error: codeOf(error), message, ...reason })
}

function applicationErrorText({ uri, args, kwargs }: ApplicationError): string {
  const json = new JsonText()
  const name = printableLine(uri)
  // One line for each mistake.
  if (uri === RELOAD_FAILED) return [`${name}:`, ...args.map((arg) => printableLine(String(arg)))].join('\n')
  const shown = args.map((arg) => (typeof arg === 'string' ? printableLine(arg) : json.line(arg)))
  if (Object.keys(kwargs).length > 0) shown.push(json.line(kwargs))
  return shown.length === 0 ? name : `${name}: ${shown.join(' ')}`
}

function codeOf(error: unknown): string {
  if (error instanceof ContractFault) return 'TL_CONTRACT'
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'TL_FAULT'
}
