// What a SUBSCRIBE asks with `_resume`, and what SUBSCRIBED answers. Reads no store.

import type { Dict } from '@trunkline/protocol'
import { EPOCH, POSITION, REASON, RECOVERED, RESUME } from '@trunkline/protocol'
import type { ResumeRequest } from '../state/subscription.ts'

/** Why nothing is recovered; docs/reference/own-names.md says what each means. */
export type NotRecovered = 'expired' | 'epoch' | 'limit' | 'not_allowed'

/** Reads `_resume`; undefined where it is not asked for, `invalid` where it is not of that form. */
export function resumeRequest(options: Dict): ResumeRequest | 'invalid' | undefined {
  const asked = options[RESUME] ?? undefined
  if (asked === undefined) return undefined
  if (typeof asked !== 'object' || Array.isArray(asked) || asked instanceof Uint8Array) return 'invalid'
  const { epoch, position, sessions = [] } = asked as Readonly<Record<string, unknown>>
  const hasSeen = typeof epoch === 'string' && isPosition(position)
  if (!hasSeen && (epoch !== undefined || position !== undefined)) return 'invalid'
  if (!Array.isArray(sessions) || sessions.length > MOST_SESSIONS || !sessions.every(isPosition)) return 'invalid'
  return { epoch: hasSeen ? epoch : undefined, position: hasSeen ? position : undefined, sessions }
}

/** Where a subscription goes on, and what became of `_resume`. */
export interface ResumeAnswer {
  /** Undefined: the subscription is not, or not only, to durable topics. */
  readonly epoch: string | undefined
  /** After which place it goes on. */
  readonly position: number
  /** Undefined: it had seen nothing. */
  readonly outcome: 'recovered' | NotRecovered | undefined
}

/** SUBSCRIBED.Details; undefined where there is nothing to say. */
export function resumeDetails({ epoch, position, outcome }: ResumeAnswer): Dict | undefined {
  if (epoch === undefined && outcome === undefined) return undefined
  return {
    ...(outcome !== undefined && { [RECOVERED]: outcome === 'recovered' }),
    ...(outcome !== undefined && outcome !== 'recovered' && { [REASON]: outcome }),
    ...(epoch !== undefined && { [EPOCH]: epoch, [POSITION]: position }),
  }
}

function isPosition(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** Ids of earlier sessions that a client may name. */
const MOST_SESSIONS = 16
