// Shows that the names of errors and reasons are those of the specification, or our own.

import { describe, expect, it } from 'vitest'
import * as uris from './error-uris.ts'
import { isOwn, isUri } from './uri.ts'

/** Specification: "Predefined URIs" of both profiles. */
const PREDEFINED = `
  wamp.error.invalid_uri wamp.error.no_such_procedure wamp.error.procedure_already_exists wamp.error.no_such_registration
  wamp.error.no_such_subscription wamp.error.invalid_argument wamp.error.canceled wamp.error.payload_size_exceeded
  wamp.close.system_shutdown wamp.close.close_realm wamp.close.goodbye_and_out wamp.error.protocol_violation
  wamp.error.not_authorized wamp.error.authorization_failed wamp.error.no_such_realm wamp.error.no_such_role wamp.close.killed
  wamp.error.no_matching_auth_method wamp.error.no_such_principal wamp.error.authentication_denied wamp.error.authentication_failed
  wamp.error.authentication_required wamp.error.authorization_denied wamp.error.authorization_required wamp.error.timeout
  wamp.error.option_not_allowed wamp.error.option_disallowed.disclose_me wamp.error.network_failure wamp.error.unavailable
  wamp.error.no_available_callee wamp.error.feature_not_supported wamp.error.no_such_session`
  .trim()
  .split(/\s+/)

/** In use by other implementations for an application's exception; the specification has none. */
const DE_FACTO = ['wamp.error.runtime_error']

describe('error URIs', () => {
  it.each(Object.entries(uris))(
    '%s (%s) is predefined by the specification, or begins with a name of our own [BP-ERR-01 AP-ERR-02]',
    (_, uri) => {
      expect(PREDEFINED.includes(uri) || DE_FACTO.includes(uri) || isOwn(uri)).toBe(true)
      expect(isUri(uri, 'exact', 'strict')).toBe(true)
    },
  )

  it('are each named once', () => {
    expect(new Set(Object.values(uris)).size).toBe(Object.values(uris).length)
  })
})
