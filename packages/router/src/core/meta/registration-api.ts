// The meta procedures about registrations (specification: "Registration Meta API"). In a cluster each node has the callees of all.

import { ApplicationError, uris } from '@trunkline/protocol'
import { registrationDetails } from '../state/meta-events.ts'
import type { Sees } from '../rights/visibility.ts'
import { OF_PROCEDURES, seesRegistrations } from '../rights/visibility.ts'
import { byId, idsByPolicy, listTo, lookup, reasonOf, viewOf } from './listed-entries.ts'
import type { Listed } from './listed.ts'
import type { MetaApiRealm } from './meta-realm.ts'
import type { OwnProcedure } from './meta-session.ts'
import { isNumber, isString, required } from './procedure-arguments.ts'

export function registrationProcedures(realm: MetaApiRealm): [string, OwnProcedure][] {
  const { dealer, sessions } = realm
  const sees = (caller: number): Sees => viewOf(caller, sessions, (viewer) => seesRegistrations(realm.judge, viewer))
  const find = byId(dealer.registrations, sees, uris.NO_SUCH_REGISTRATION)
  return [
    ['wamp.registration.list', (_, _kwargs, caller) => listTo(realm, caller, () => registrationsOf(realm))],
    ['wamp.registration.lookup', ([uri, options], _, caller) => [lookup(dealer.index, sees(caller), uri, options)]],
    [
      'wamp.registration.match',
      ([procedure], _, caller) => {
        const uri = required(procedure, isString, 'a URI')
        const registration = dealer.match(uri)
        return [registration !== undefined && sees(caller)({ id: registration.id, uri, match: 'exact' }) ? registration.id : null]
      },
    ],
    ['wamp.registration.get', ([id], _, caller) => [registrationDetails(find(id, caller))]],
    ['wamp.registration.list_callees', ([id], _, caller) => [find(id, caller).callees.map((callee) => callee.session.id)]],
    ['wamp.registration.count_callees', ([id], _, caller) => [find(id, caller).callees.length]],
    [
      'wamp.registration.remove_callee',
      ([id, callee], kwargs, caller) => {
        const registration = find(id, caller)
        const member = required(callee, isNumber, 'a session id')
        const reason = reasonOf(kwargs)
        const session = sessions.get(member)
        if (session !== undefined && dealer.revoke(session, registration, reason)) return []
        const isElsewhere = registration.callees.some(({ node, session: { id: other } }) => node !== undefined && other === member)
        if (!isElsewhere) throw new ApplicationError(uris.NO_SUCH_SESSION)
        realm.cluster?.revoke('registration', registration.id, member, reason)
        return []
      },
    ],
  ]
}

function registrationsOf({ dealer, judge }: MetaApiRealm): Listed {
  return {
    name: 'registrations',
    version: dealer.version,
    entries: dealer.registrations.size,
    actions: OF_PROCEDURES,
    own: ({ registrations }) => registrations.values(),
    sees: (viewer) => seesRegistrations(judge, viewer),
    list: (sees) => idsByPolicy(dealer.registrations.values(), sees),
  }
}
