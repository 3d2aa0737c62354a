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
  addRule(rules, options['eligible'], (session) => session.id, true)
  addRule(rules, options['eligible_authid'], (session) => session.identity.authid, true)
  addRule(rules, options['eligible_authrole'], (session) => session.identity.authrole, true)
  addRule(rules, options['exclude'], (session) => session.id, false)
  addRule(rules, options['exclude_authid'], (session) => session.identity.authid, false)
  addRule(rules, options['exclude_authrole'], (session) => session.identity.authrole, false)
  return rules.length === 0 ? undefined : (subscriber) => rules.every((rule) => rule(subscriber))
}

/** The options of a PUBLISH that say who may receive, to be judged again later by {@link admits}, each list in order; undefined without any. */
export function audienceOf(options: Dict): Dict | undefined {
  const audience: Record<string, unknown> = {}
  for (const key of AUDIENCE) {
    const list = options[key]
    if (Array.isArray(list)) audience[key] = [...new Set(list as Listed[])].sort(byValue)
  }
  return Object.keys(audience).length === 0 ? undefined : audience
}

/** What {@link eligibility} says, for one look at one session: its cost hardly grows with the lists. */
export function admits(audience: Dict, { id, identity }: Session): boolean {
  const has = (key: string, value: Listed): boolean | undefined => {
    const list = audience[key] as readonly Listed[] | undefined
    return list && list[placeOf(list, value)] === value
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

function byValue(a: Listed, b: Listed): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

const AUDIENCE = ['eligible', 'eligible_authid', 'eligible_authrole', 'exclude', 'exclude_authid', 'exclude_authrole']

function addRule(rules: Eligibility[], list: unknown, key: (session: Session) => unknown, isEligible: boolean): void {
  if (list === undefined || list === null) return
  const listed = new Set(list as readonly unknown[])
  rules.push((session) => listed.has(key(session)) === isEligible)
}
