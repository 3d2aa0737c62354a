// The attributes of payload passthru, handed on as they came; nothing here looks at what they mean or at the payload
// (specification: "Payload Passthru Mode").

import type { Dict } from '@trunkline/protocol'
import { EMPTY_DICT } from '@trunkline/protocol'

const ATTRIBUTES = ['ppt_scheme', 'ppt_serializer', 'ppt_cipher', 'ppt_keyid'] as const

/** The attributes in a dictionary of options or details; undefined unless it names a scheme, which marks passthru. */
export function passthruOf(options: Dict): Dict | undefined {
  if (options === EMPTY_DICT) return undefined
  const scheme = options['ppt_scheme']
  if (typeof scheme !== 'string' || scheme === '') return undefined
  const attributes: Record<string, unknown> = {}
  for (const name of ATTRIBUTES) if (typeof options[name] === 'string') attributes[name] = options[name]
  return attributes
}
