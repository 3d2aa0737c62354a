// The sum of WAMP-CRA, for both sides.

import { createHmac } from 'node:crypto'
import { CROWD_SECRET } from './words.ts'

/** The signature of a challenge, with the secret of the crowd. */
export function signed(challenge: string): string {
  return createHmac('sha256', CROWD_SECRET).update(challenge).digest('base64')
}
