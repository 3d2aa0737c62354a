// The attributes of payload passthru, passed on as they came; the router never interprets them
// (specification: "Payload Passthru Mode").

import type { ClientRole, Dict, Payload } from '@trunkline/protocol'
import { EMPTY_DICT, ProtocolError, rawIn } from '@trunkline/protocol'
import type { Session } from './session.ts'

const ATTRIBUTES = ['ppt_scheme', 'ppt_serializer', 'ppt_cipher', 'ppt_keyid'] as const

/** The passthru attributes in options or details; undefined without a scheme, which marks passthru. */
export function passthruOf(options: Dict): Dict | undefined {
  if (options === EMPTY_DICT) return undefined
  const scheme = options['ppt_scheme']
  if (typeof scheme !== 'string' || scheme === '') return undefined
  const attributes: Record<string, unknown> = {}
  for (const name of ATTRIBUTES) if (typeof options[name] === 'string') attributes[name] = options[name]
  return attributes
}

/**
 * Checks that a session which uses passthru has announced it. The router does not support the older form, with a binary value in
 * the place of Arguments: receivers could not read it.
 * @throws {ProtocolError}
 */
export function checkPassthru(session: Session, role: ClientRole, options: Dict, payload: Payload | undefined): void {
  if (options === EMPTY_DICT) return
  if (passthruOf(options) !== undefined && !session.announced(role, 'payload_passthru_mode')) {
    throw new ProtocolError(`payload passthru was not announced for the role ${role}`)
  }
  if ('enc_algo' in options && payload?.format?.opensWithList(rawIn(payload, payload.format)) === false) {
    throw new ProtocolError('the older form of payload passthru (enc_algo) is not supported')
  }
}
