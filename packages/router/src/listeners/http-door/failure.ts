// Why a request of HTTP failed, as an answer of the form `application/problem+json` (RFC 9457). The one place that knows which status
// stands for which error of WAMP.

import type { Dict, Payload, Serializer } from '@trunkline/protocol'
import { CONTRACT_VIOLATION, NOT_STORED, uris } from '@trunkline/protocol'
import { dictWith } from './bodies.ts'

/** A request that failed. */
export interface Failure {
  /** The URI of the error: one of WAMP, one of ours, or one of the application. */
  readonly error: string
  /** One line for people. */
  readonly detail?: string | undefined
  /** What an ERROR of a callee brought. */
  readonly payload?: Payload | undefined
  /** Where the status does not follow from the error. */
  readonly status?: number | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** The status of each error of the router and of the specification. */
export const STATUS_OF: Readonly<Record<string, number>> = {
  [uris.INVALID_URI]: 400,
  [uris.INVALID_ARGUMENT]: 400,
  [uris.PROTOCOL_VIOLATION]: 400,
  [uris.OPTION_NOT_ALLOWED]: 400,
  [uris.DISCLOSE_ME_DISALLOWED]: 400,
  [uris.FEATURE_NOT_SUPPORTED]: 400,
  [uris.AUTHENTICATION_REQUIRED]: 401,
  [uris.AUTHENTICATION_DENIED]: 401,
  [uris.NO_SUCH_PRINCIPAL]: 401,
  [uris.NO_MATCHING_AUTH_METHOD]: 401,
  [uris.TOKEN_EXPIRED]: 401,
  [uris.NOT_AUTHORIZED]: 403,
  [uris.NO_SUCH_ROLE]: 403,
  [uris.NO_SUCH_REALM]: 404,
  [uris.NO_SUCH_PROCEDURE]: 404,
  [uris.NO_SUCH_SESSION]: 404,
  [uris.PAYLOAD_SIZE_EXCEEDED]: 413,
  [CONTRACT_VIOLATION]: 422,
  [uris.LIMIT_EXCEEDED]: 429,
  [uris.RUNTIME_ERROR]: 500,
  [uris.INTERNAL_ERROR]: 500,
  [uris.AUTHENTICATION_FAILED]: 503,
  [uris.AUTHORIZATION_FAILED]: 503,
  [uris.CANCELED]: 503,
  [uris.NETWORK_FAILURE]: 503,
  [uris.NO_AVAILABLE_CALLEE]: 503,
  [uris.UNAVAILABLE]: 503,
  [uris.DRAINING]: 503,
  [NOT_STORED]: 507,
  [uris.TIMEOUT]: 504,
}

/** An error of an application: the callee has understood the call and says no, so that proxies and clients do not try again. */
const OF_APPLICATIONS = 422
/** The session has ended, for a reason that a next one may not meet. */
const SESSION_ENDED = 503

/** The status of a failure. */
export function statusOf({ error, status }: Failure): number {
  if (status !== undefined) return status
  const known = Object.hasOwn(STATUS_OF, error) ? STATUS_OF[error] : undefined
  if (known !== undefined) return known
  if (/^(?:wamp|trunkline)\.close\./.test(error)) return SESSION_ENDED
  return error.startsWith('wamp.') ? 500 : OF_APPLICATIONS
}

/** The content of an answer of the form `application/problem+json`. */
export function problemBody(json: Serializer, failure: Failure): Buffer {
  return dictWith(json, failure.payload, JSON.stringify(problemOf(failure)).slice(1, -1))
}

/** The members of a problem before those of the payload. */
function problemOf(failure: Failure): Dict {
  const status = statusOf(failure)
  const { error, detail = firstText(failure.payload) } = failure
  return detail === undefined ? { title: titleOf(status), status, error } : { title: titleOf(status), status, detail, error }
}

/** The first argument of an ERROR, which usually is its text. A long payload is not decoded for it. */
function firstText(payload: Payload | undefined): string | undefined {
  const [first] = payload === undefined || payload.raw.length > LONGEST_DECODED ? [] : payload.args
  return typeof first === 'string' ? first : undefined
}

const LONGEST_DECODED = 4_096

/** What is the same for all problems with a status, as the specification of problems asks for. */
function titleOf(status: number): string {
  return TITLES[status] ?? 'Error'
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  507: 'Insufficient Storage',
}
