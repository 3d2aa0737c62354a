// One rule of a role, as written and as parsed: its pattern, perhaps with placeholders, and its verdicts.

import type { MatchPolicy, UriPattern } from '@trunkline/protocol'
import { isForRouter, isUri, uriPattern, UsageError } from '@trunkline/protocol'
import type { Action, Disclosure, Grant, Principal, Verdict } from '../core/ports/index.ts'

/** An option that needs a right of its own. */
export type OptionRight = 'force_reregister' | 'retain'

/** One rule of a role. */
export interface Rule {
  /**
   * A URI, a wildcard pattern (`com..status`), `com.shop.**` for all URIs that begin with `com.shop.`, or `**` for all.
   * With `match` it is taken literally under that policy. A component `{authid}`, `{authrole}` or `{session}` stands for that of
   * the session; where the value cannot be one component of a URI, the rule matches no URI.
   * Only a rule whose own URI begins with `wamp.` or `trunkline.` grants such URIs: a rule for everything is not meant to show
   * the sessions of the realm, or to let every session kill others.
   */
  readonly uri: string
  readonly match?: MatchPolicy | undefined
  /** What the role may do; all other actions are denied under this URI. */
  readonly allow: readonly Action[]
  /** Whether callers and publishers are disclosed under this URI. Default: if the sender asks for it and the realm allows it. */
  readonly disclose?: { readonly caller?: Disclosure | undefined; readonly publisher?: Disclosure | undefined } | undefined
  /** The options that may be used under this URI. Default `['retain']`. */
  readonly options?: readonly OptionRight[] | undefined
}

/** A parsed rule. */
export interface ParsedRule extends UriPattern {
  /** Whether its own URI is one of the protocol or the router. */
  readonly namesRouter: boolean
  readonly verdicts: Readonly<Record<Action, Verdict>>
}

const NOTHING_SPECIAL: Grant = { disclose: 'asked', mayForce: false, mayRetain: true }
const PLACEHOLDER = /\{[^{}.]*\}/

/** @throws {UsageError} when the pattern or a placeholder is not valid */
export function parseRule(rule: Rule): ParsedRule {
  const { match, uri } = rule.match === undefined ? uriPattern(rule.uri) : { match: rule.match, uri: rule.uri }
  if (!isUri(uri, match)) throw new UsageError(`'${rule.uri}' is not a valid URI pattern`, 'TL_RULE')
  const components = uri.split('.')
  for (const component of components) {
    if (PLACEHOLDER.test(component) && !isPlaceholder(component)) {
      throw new UsageError(
        `'${rule.uri}': '${component}' is not one of {authid}, {authrole} and {session}, each a whole component`,
        'TL_RULE',
      )
    }
  }
  if (match === 'prefix' && isPlaceholder(components.at(-1) ?? '')) {
    throw new UsageError(
      `'${rule.uri}': a prefix that ends with a placeholder also matches longer values that begin like it; add a dot`,
      'TL_RULE',
    )
  }
  const verdict = (action: Action, disclose: Disclosure = 'asked'): Verdict => rule.allow.includes(action) && grant(rule, disclose)
  return {
    match,
    uri,
    namesRouter: isForRouter(uri),
    verdicts: {
      call: verdict('call', rule.disclose?.caller),
      publish: verdict('publish', rule.disclose?.publisher),
      register: verdict('register'),
      subscribe: verdict('subscribe'),
      see: rule.allow.includes('see'),
    },
  }
}

/** Whether the rule differs from session to session. */
export function hasPlaceholder({ uri }: ParsedRule): boolean {
  return uri.split('.').some(isPlaceholder)
}

/** The rule for one session; undefined when it matches no URI, because a value cannot be one component of a URI. */
export function fill(rule: ParsedRule, session: Principal): ParsedRule | undefined {
  const components = rule.uri.split('.').map((component) => (isPlaceholder(component) ? valueOf(component, session) : component))
  if (components.includes(undefined)) return undefined
  const uri = components.join('.')
  // A session with the name `wamp` must not get rights to the protocol's URIs.
  return isForRouter(uri) && !rule.namesRouter ? undefined : { ...rule, uri }
}

/** The verdict of two rules for the same pattern: a denial wins, then the narrower verdict. */
export function both(a: Verdict, b: Verdict): Verdict {
  if (typeof a === 'boolean' && typeof b === 'boolean') return a && b
  if (a === false || b === false) return false
  const [left, right] = [a === true ? NOTHING_SPECIAL : a, b === true ? NOTHING_SPECIAL : b]
  return {
    disclose: DISCLOSURES[Math.max(DISCLOSURES.indexOf(left.disclose), DISCLOSURES.indexOf(right.disclose))] ?? 'never',
    mayForce: left.mayForce && right.mayForce,
    mayRetain: left.mayRetain && right.mayRetain,
  }
}

/** The strictest last. */
const DISCLOSURES: readonly Disclosure[] = ['asked', 'always', 'never']

function grant({ options }: Rule, disclose: Disclosure): Verdict {
  if (disclose === 'asked' && options === undefined) return true
  return { disclose, mayForce: options?.includes('force_reregister') ?? false, mayRetain: options?.includes('retain') ?? true }
}

function isPlaceholder(component: string): boolean {
  return component === '{authid}' || component === '{authrole}' || component === '{session}'
}

function valueOf(placeholder: string, { id, authid, authrole }: Principal): string | undefined {
  const value = placeholder === '{authid}' ? authid : placeholder === '{authrole}' ? authrole : String(id)
  return isUri(value) && !value.includes('.') ? value : undefined
}
