// Who may receive a publication (specification: "Subscriber Black- and Whitelisting", "Publisher Exclusion").
// An empty eligible list means nobody; an exclusion wins.

import type { Dict } from '@trunkline/protocol'
import type { Session } from './tables.ts'

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

function addRule(rules: Eligibility[], list: unknown, key: (session: Session) => unknown, isEligible: boolean): void {
  if (list === undefined || list === null) return
  const listed = new Set(list as readonly unknown[])
  rules.push((session) => listed.has(key(session)) === isEligible)
}
