// Which subscribers may receive a publication (specification: "Subscriber Black- and Whitelisting", "Publisher Exclusion").
// An empty eligible list admits none; an exclusion wins.

import type { Dict } from '@trunkline/protocol'
import { placeOf } from './sorted.ts'
import type { Session } from '../state/session.ts'

/** Whether a subscriber may receive a publication. */
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

/** The options of a PUBLISH that restrict its receivers, for later checks by {@link admits}; the lists sorted; undefined without any. */
export function audienceOf(options: Dict): Dict | undefined {
  const audience: Record<string, unknown> = {}
  for (const key of AUDIENCE) {
    const list: Sorted | undefined = OF_IDS.has(key) ? ids(options[key]) : names(options[key])
    if (list !== undefined) audience[key] = Array.from<Listed>(list).filter((each, i) => each !== list[i - 1])
  }
  return Object.keys(audience).length === 0 ? undefined : audience
}

/** The same verdict as {@link eligibility}, for a single check of one session: its cost hardly grows with the lists. */
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

/** Whether an audience names session ids, which no later session has. */
export function namesSessions(audience: Dict): boolean {
  return 'eligible' in audience || 'exclude' in audience
}

type Listed = string | number
type Sorted = ArrayLike<Listed>

// The lists are sorted and searched by halves. A Set would let a client choose a hundred thousand numbers that all hash to the same
// place, which would take the router many seconds.

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
