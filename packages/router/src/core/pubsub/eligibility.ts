// Which subscribers may receive a publication (specification: "Subscriber Black- and Whitelisting", "Publisher Exclusion").
// An empty eligible list admits none; an exclusion wins.

import type { Dict } from '@trunkline/protocol'
import { NameSet } from './name-set.ts'
import { placeOf } from './sorted.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { Session } from '../state/session.ts'

/** What gives sets of names their key. */
export type OfNames = Pick<RealmContext, 'ids' | 'namesKey'>

/** Whether a subscriber may receive a publication. */
export type Eligibility = (subscriber: Session) => boolean

/** What lists of receivers name of a session. */
type Named = Pick<Session, 'id' | 'identity'>
type Rule = (subscriber: Named) => boolean

/** The rule of one publication, by its audience. */
export function eligibility({ lists }: Audience): Rule {
  const rules: Rule[] = []
  addRule(rules, lists['eligible'], (session) => session.id, true)
  addRule(rules, lists['eligible_authid'], (session) => session.identity.authid, true)
  addRule(rules, lists['eligible_authrole'], (session) => session.identity.authrole, true)
  addRule(rules, lists['exclude'], (session) => session.id, false)
  addRule(rules, lists['exclude_authid'], (session) => session.identity.authid, false)
  addRule(rules, lists['exclude_authrole'], (session) => session.identity.authrole, false)
  return (subscriber) => rules.every((rule) => rule(subscriber))
}

/**
 * The options of a PUBLISH that restrict its receivers. To order a hundred thousand names takes long: it is done once for a
 * publication, however many subscribers and stores it has, and not at all where it has none.
 */
export class Audience {
  readonly #options: Dict
  readonly #realm: OfNames
  #lists: Readonly<Record<string, Sorted>> | undefined
  #kept: Dict | undefined
  #rule: Rule | undefined

  private constructor(options: Dict, realm: OfNames) {
    this.#options = options
    this.#realm = realm
  }

  /** @returns undefined when every subscriber but the publisher may receive */
  static of(options: Dict, realm: OfNames): Audience | undefined {
    return AUDIENCE.some((key) => Array.isArray(options[key])) ? new Audience(options, realm) : undefined
  }

  /** Whether it names session ids, which no later session has. */
  get namesSessions(): boolean {
    return Array.isArray(this.#options['eligible']) || Array.isArray(this.#options['exclude'])
  }

  /** The lists as the publisher gave them. */
  get given(): Dict {
    return Object.fromEntries(AUDIENCE.filter((key) => Array.isArray(this.#options[key])).map((key) => [key, this.#options[key]]))
  }

  /** The lists, in order. */
  get lists(): Readonly<Record<string, Sorted>> {
    return (this.#lists ??= Object.fromEntries(
      AUDIENCE.filter((key) => Array.isArray(this.#options[key])).map((key) => [
        key,
        OF_IDS.has(key) ? idsIn(this.#options[key]) : namesIn(this.#options[key], this.#realm),
      ]),
    ))
  }

  /** The lists without repetition, for keeping; read by {@link admits}. */
  get kept(): Dict {
    return (this.#kept ??= Object.fromEntries(
      Object.entries(this.lists).map(([key, list]) => [key, list instanceof NameSet ? list : eachOnce(list)]),
    ))
  }

  isEligible(subscriber: Named): boolean {
    return (this.#rule ??= eligibility(this))(subscriber)
  }
}

/** Whether the options of a PUBLISH name so many receivers that it takes the router a millisecond or more to put them in order. */
export function namesMany(options: Dict): boolean {
  for (const key of AUDIENCE) {
    const list = options[key]
    if (Array.isArray(list) && list.length > MANY_NAMES) return true
  }
  return false
}

/** The lists of a kept audience, as a publisher could give them. */
export function givenOf(kept: Dict): Dict {
  return Object.fromEntries(Object.entries(kept).map(([key, list]) => [key, list instanceof NameSet ? list.names : list]))
}

/** Whether two kept audiences have the same lists; undefined stands for every subscriber. */
export function isSameAudience(one: Dict | undefined, other: Dict | undefined): boolean {
  if (one === other || one === undefined || other === undefined) return one === other
  return AUDIENCE.every((key) => {
    const [first, second] = [one[key] as Sorted | undefined, other[key] as Sorted | undefined]
    if (first instanceof NameSet || second instanceof NameSet)
      return first instanceof NameSet && second instanceof NameSet && first.equals(second)
    if (first?.length !== second?.length) return false
    for (let i = 0; i < (first?.length ?? 0); i++) if (first?.[i] !== second?.[i]) return false
    return true
  })
}

/** The same verdict as {@link eligibility}, for a single check of one session: its cost hardly grows with the lists. */
export function admits(audience: Dict, session: Session): boolean {
  const has = (key: string, value: Listed): boolean | undefined => {
    const list = audience[key] as Sorted | undefined
    return list && holds(list, value)
  }
  return isAdmitted(has, session)
}

/** The same verdict by lists as the publisher gave them: for a single check, without putting them in order. */
export function admitsByGiven(lists: Dict, session: Named): boolean {
  const has = (key: string, value: Listed): boolean | undefined => {
    const list = lists[key]
    return Array.isArray(list) ? list.includes(value) : undefined
  }
  return isAdmitted(has, session)
}

/** @param has whether a list holds a value; undefined where there is no such list */
function isAdmitted(has: (list: string, value: Listed) => boolean | undefined, { id, identity }: Named): boolean {
  return (
    has('eligible', id) !== false &&
    has('eligible_authid', identity.authid) !== false &&
    has('eligible_authrole', identity.authrole) !== false &&
    has('exclude', id) !== true &&
    has('exclude_authid', identity.authid) !== true &&
    has('exclude_authrole', identity.authrole) !== true
  )
}

type Listed = string | number
type Sorted = ArrayLike<Listed> | NameSet

// The lists are in order and searched by halves. A Set would let a client choose a hundred thousand numbers that all hash to the same
// place, which would take the router many seconds.

function idsIn(list: unknown): Sorted {
  return new Float64Array(list as readonly number[]).sort()
}

function namesIn(list: unknown, realm: OfNames): Sorted {
  const names = list as readonly string[]
  if (names.length <= FEW_NAMES) return [...names].sort()
  const set = new NameSet(names, (realm.namesKey ??= realm.ids.random()))
  return set.names.length <= FEW_NAMES ? [...set.names].sort() : set
}

const MANY_NAMES = 2_000
/** Up to so many distinct names are sorted by their characters, which costs less than a set. */
const FEW_NAMES = 64

function eachOnce(list: ArrayLike<Listed>): Listed[] {
  const once: Listed[] = []
  for (let i = 0; i < list.length; i++) if (i === 0 || list[i] !== list[i - 1]) once.push(list[i] as Listed)
  return once
}

function holds(list: Sorted, value: Listed): boolean {
  return list instanceof NameSet ? list.has(value as string) : list[placeOf(list, value)] === value
}

const AUDIENCE = ['eligible', 'eligible_authid', 'eligible_authrole', 'exclude', 'exclude_authid', 'exclude_authrole']
const OF_IDS: ReadonlySet<string> = new Set(['eligible', 'exclude'])

function addRule(rules: Rule[], list: Sorted | undefined, key: (session: Named) => Listed, isEligible: boolean): void {
  if (list !== undefined) rules.push((session) => holds(list, key(session)) === isEligible)
}
