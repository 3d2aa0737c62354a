// Who may receive a publication (specification: "Subscriber Black- and Whitelisting", "Publisher Exclusion").
// An empty eligible list means nobody; an exclusion wins.

import type { Dict } from '@trunkline/protocol'
import { placeOf } from './sorted.ts'
import type { Session } from '../state/session.ts'

/** Says whether a subscriber may receive. */
export type Eligibility = (subscriber: Session) => boolean

/**
 * Makes the rule of one publication; undefined when every subscriber but the publisher may receive.
 * @param options the checked options of the PUBLISH
 */
export function eligibility(options: Dict): Eligibility | undefined {
  const rules: Eligibility[] = []
  addRule(rules, ids(options['eligible']), (session) => session.id, true)
  addRule(rules, names(options['eligible_authid']), (session) => session.identity.authid, true)
  addRule(rules, names(options['eligible_authrole']), (session) => session.identity.authrole, true)
  addRule(rules, ids(options['exclude']), (session) => session.id, false)
  addRule(rules, names(options['exclude_authid']), (session) => session.identity.authid, false)
  addRule(rules, names(options['exclude_authrole']), (session) => session.identity.authrole, false)
  return rules.length === 0 ? undefined : (subscriber) => rules.every((rule) => rule(subscriber))
}

/** The options of a PUBLISH that say who may receive, to be judged again later by {@link admits}, each list in order; undefined without any. */
export function audienceOf(options: Dict): Dict | undefined {
  const audience: Record<string, unknown> = {}
  for (const key of AUDIENCE) {
    const list: Sorted | undefined = OF_IDS.has(key) ? ids(options[key]) : names(options[key])
    if (list !== undefined) audience[key] = Array.from<Listed>(list).filter((each, i) => each !== list[i - 1])
  }
  return Object.keys(audience).length === 0 ? undefined : audience
}

/** What {@link eligibility} says, for one look at one session: its cost hardly grows with the lists. */
export function admits(audience: Dict, { id, identity }: Session): boolean {
  const has = (key: string, value: Listed): boolean | undefined => {
    const list = audience[key] as Sorted | undefined
    return list && holds(list, value)
  }
  return (
    has('eligible', id) !== false &&
    has('eligible_authid', identity.authid) !== false &&
    has('eligible_authrole', identity.authrole) !== false &&
    has('exclude', id) !== true &&
    has('exclude_authid', identity.authid) !== true &&
    has('exclude_authrole', identity.authrole) !== true
  )
}

/** Whether an audience speaks of sessions by their ids, which no later session has. */
export function namesSessions(audience: Dict): boolean {
  return 'eligible' in audience || 'exclude' in audience
}

type Listed = string | number
type Sorted = ArrayLike<Listed>

// The lists are put in order and searched by halves. In a Set it would be known where each number is kept, so that a list of a
// hundred thousand that are all kept in one place would take the router many seconds.

function ids(list: unknown): Sorted | undefined {
  return Array.isArray(list) ? new Float64Array(list as readonly number[]).sort() : undefined
}

function names(list: unknown): Sorted | undefined {
  return Array.isArray(list) ? [...(list as readonly string[])].sort() : undefined
}

function holds(list: Sorted, value: Listed): boolean {
  return list[placeOf(list, value)] === value
}

const AUDIENCE = ['eligible', 'eligible_authid', 'eligible_authrole', 'exclude', 'exclude_authid', 'exclude_authrole']
const OF_IDS: ReadonlySet<string> = new Set(['eligible', 'exclude'])

function addRule(rules: Eligibility[], list: Sorted | undefined, key: (session: Session) => Listed, isEligible: boolean): void {
  if (list !== undefined) rules.push((session) => holds(list, key(session)) === isEligible)
}
