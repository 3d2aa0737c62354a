// What several parts of the contract of the admin API have in common.

import { error } from '@trunkline/contract'
import { uris } from '@trunkline/protocol'
import { count, list, oneOf, text } from '../schemas.ts'

/** There is no realm of that name. */
export const noSuchRealm = error(uris.NO_SUCH_REALM, { args: [text()] })
/** There is no session with that id, at least not in that realm. */
export const noSuchSession = error(uris.NO_SUCH_SESSION, { args: [text()] })
/** The router runs without a configuration file, as `trunkline dev` does. */
export const noConfiguration = error('trunkline.error.no_configuration', { args: [text()] })
export const moment = (about: string) => text(`${about}, ISO 8601`)

export const MISSING = list(
  text(),
  'nodes that did not answer within two seconds, or that were lost: what only they know is left out. Empty where there is one process',
)

export const MATCH = oneOf(['exact', 'prefix', 'wildcard'])
/** Who did something, or to whom it was done. */
export const actor = { session: count('its id'), authid: text(), authrole: text() }
