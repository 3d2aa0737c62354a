// Placeholders for the ids of subscriptions and registrations. A router that stands alone gives each a new one; the nodes of a cluster give
// the same one whenever the same topic or procedure is there, so that it may be known beforehand.

import { Ref } from './expectation.ts'
import type { Match } from './uris.ts'

/** Gives the placeholder for the id of a subscription or registration. */
export type IdOf = (kind: 'subscription' | 'registration', realm: string, target: { readonly match: Match; readonly uri: string }) => Ref

/** The ids of one router, or of a cluster. */
export function idsOf(nodes: number): IdOf {
  if (nodes === 1) return (kind) => new Ref(kind)
  const known = new Map<string, Ref>()
  return (kind, realm, { match, uri }) => {
    const name = [kind, realm, match, uri].join(' ')
    const ref = known.get(name) ?? new Ref(kind)
    known.set(name, ref)
    return ref
  }
}
