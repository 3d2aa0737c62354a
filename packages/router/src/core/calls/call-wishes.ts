// What a CALL asks for in its options. Those of the first CALL of a progressive call hold for all its chunks
// (specification: "Freezing of Options in Progressive Call Invocations").

import type { Dict } from '@trunkline/protocol'
import { EMPTY_DICT } from '@trunkline/protocol'
import { passthruOf } from '../state/passthru.ts'
import type { CallWishes } from '../state/call.ts'

const NONE: CallWishes = { isStream: false, wantsProgress: false, isDisclosed: false, timeout: 0, passthru: undefined }

/** Reads options that the codec has checked; `null` counts as absent. */
export function callWishes(options: Dict): CallWishes {
  if (options === EMPTY_DICT) return NONE
  const { timeout } = options
  return {
    isStream: options['progress'] === true,
    wantsProgress: options['receive_progress'] === true,
    isDisclosed: options['disclose_me'] === true,
    timeout: typeof timeout === 'number' ? timeout : 0,
    passthru: passthruOf(options),
  }
}
